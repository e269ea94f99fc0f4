using Cairn.Cli.Doctor;
using Cairn.Cli.Doctor.Facts;
using Cairn.Interruptions.Signals;

namespace Cairn.Cli.Tests.Doctor;

/// <summary>The judgements: a row a fact.</summary>
public class ExaminationTests
{
    private static readonly (string Check, Verdict Verdict, string Says, Patient Patient)[] Rows =
    [
        ("Slurm", Verdict.Ok, "Slurm 22.05.8, cluster test", Patients.Sound),
        ("Slurm", Verdict.Note, "measured on 22.05 and 24.11", Patients.With("SLURM_VERSION", "21.08.1")),
        ("Slurm", Verdict.Note, "no Slurm here", WithoutSlurm(null)),
        ("Slurm", Verdict.Warning, "no scontrol that could be started", WithoutSlurm(LaunchForm.Task)),
        ("Slurm", Verdict.Warning, "does not answer: fatal: away.", Patients.Sound with { Cluster = new(true, "error: lookup\nfatal: away\n", Empty, []) }),
        ("ProctrackType", Verdict.Ok, "only what Slurm itself started", Patients.Sound),
        ("ProctrackType", Verdict.Note, "works here alone", Patients.With("ProctrackType", "proctrack/linuxproc")),
        ("JobRequeue", Verdict.Ok, "unless they forbid it", Patients.Sound),
        ("JobRequeue", Verdict.Note, "only a job that asks", Patients.With("JobRequeue", "0")),
        ("requeue delay", Verdict.Ok, "about 2 min before", Patients.Sound),
        ("requeue delay", Verdict.Ok, "about 5 s before", Patients.With("AuthInfo", "socket=/run/munge.socket,cred_expire=5")),
        ("KillWait", Verdict.Ok, "30 s between", Patients.Sound),
        ("KillWait", Verdict.Note, "only 10 s", Patients.With("KillWait", "10 sec")),
        ("OverTimeLimit", Verdict.Ok, "the limit is the limit", Patients.Sound),
        ("OverTimeLimit", Verdict.Note, "5 min", Patients.With("OverTimeLimit", "5 min")),
        ("preemption", Verdict.Ok, "none on this cluster", Patients.With("PreemptType", "preempt/none")),
        ("preemption", Verdict.Ok, "begins with TERM", Patients.Sound),
        ("preemption", Verdict.Ok, "the job's own --signal", Patients.With("SlurmctldParameters", "a,preempt_send_user_signal")),
        ("preemption", Verdict.Ok, "low: a preempted job is requeued, with 20 s of grace", Patients.Sound),
        ("preemption", Verdict.Note, "no grace time: it is killed at once", Patients.Partition("REQUEUE", 0)),
        ("preemption", Verdict.Note, "no grace time: it is killed at once", Patients.Partition("", 0)),
        ("preemption", Verdict.Note, "is cancelled, with 20 s of grace", Patients.Partition("CANCEL", 20)),
        ("preemption", Verdict.Note, "is stopped where it is", Patients.Partition("GANG,SUSPEND", 0)),
        ("partitions", Verdict.Ok, "main (default): at most 2-00:00:00, 01:00:00 without --time", Patients.Sound),
        ("partitions", Verdict.Ok, "low: no limit.", Patients.Sound),
        ("partitions", Verdict.Note, "p: at most 00:10:00; DOWN", Patients.Sound with { Cluster = Patients.Sound.Cluster with { Partitions = [new("p", false, "DOWN", TimeSpan.FromMinutes(10), null, "", 0)] } }),
        ("KillOnBadExit", Verdict.Ok, "ends the others", Patients.Sound),
        ("KillOnBadExit", Verdict.Note, "the others run on", Patients.With("KillOnBadExit", "0")),
        ("WaitTime", Verdict.Ok, "starts no clock", Patients.Sound),
        ("WaitTime", Verdict.Note, "30 s after the first task", Patients.With("WaitTime", "30 sec")),
        ("MPI", Verdict.Ok, "MpiDefault=pmix.", Patients.Sound),
        ("MPI", Verdict.Note, "a world of one, and OpenMPI does not start.", Patients.With("MpiDefault", "none")),
        ("MPI", Verdict.Note, "srun --mpi takes none, pmi2.", Patients.With("MpiDefault", "none") with { Mpi = new(["none", "pmi2"], null, TamesUcx: false) }),
        ("MPI", Verdict.Ok, "srun --mpi takes pmix, none (pmix stands there without libpmix, too).", Patients.Sound with { Mpi = new(["pmix", "none"], null, TamesUcx: false) }),
        ("ports", Verdict.Ok, "none are reserved for steps (MpiParams): where ranks meet is any free port.", Patients.Sound),
        ("ports", Verdict.Ok, "12000-12999 are reserved for steps", Patients.With("MpiParams", "ports=12000-12999")),
        ("ports", Verdict.Ok, "srun itself takes 60001-63000 (SrunPortRange)", Patients.With("SrunPortRange", "60001-63000")),
        ("hub", Verdict.Ok, "n1, n2: this machine is reached as n1.", Patients.Reaching(null, "refused")),
        ("hub", Verdict.Note, "n2: this machine is reached as 10.0.0.1, but not as n1 (no such name).", Patients.Reaching("no such name", null)),
        ("hub", Verdict.Warning, "n2: this machine is not reached as n1 (no such name), 10.0.0.1 (no answer within 5 s).", Patients.Reaching("no such name", "no answer within 5 s")),
        ("hub", Verdict.Warning, "n3: no answer from there (srun: node down)", WithoutAnswer("n3")),
        ("hub", Verdict.Note, "n1, n2: no answer from there (srun cannot be started)", Patients.Sound with { Hub = new(["n1"], ["n1", "n2"], [], "srun cannot be started") }),
        ("UCX", Verdict.Note, "/lib/libmpich.so.12: where that MPI", Patients.InJob(LaunchForm.Child) with { Mpi = new([], "/lib/libmpich.so.12", TamesUcx: false) }),
        ("UCX", Verdict.Ok, "leaves SIGSEGV alone", Patients.InJob(LaunchForm.Child) with { Mpi = new([], "/lib/libmpich.so.12", TamesUcx: true) }),
        ("job", Verdict.Ok, "job 17 in main, its first start", Patients.InJob(LaunchForm.Task)),
        ("end", Verdict.Ok, "ends at 2026-05-01 14:00:00 UTC, in 2 h", Patients.InJob(LaunchForm.Task)),
        ("end", Verdict.Note, "no time limit", Patients.InJob(LaunchForm.Task, new(Patients.Now, "RUNNING"))),
        ("end", Verdict.Note, "its end was at", Patients.InJob(LaunchForm.Task, new(Patients.Now, "RUNNING", EndTime: Patients.Now.AddSeconds(-5)))),
        ("requeue", Verdict.Ok, "may be requeued", Patients.InJob(LaunchForm.Task)),
        ("requeue", Verdict.Note, "may not be requeued", Patients.InJob(LaunchForm.Task, new(Patients.Now, "RUNNING", Requeueable: false))),
        ("requeue", Verdict.Note, "interactive", Patients.InJob(LaunchForm.Task, new(Patients.Now, "RUNNING", Batch: false))),
        ("who hears", Verdict.Ok, "a task of srun", Patients.InJob(LaunchForm.Task)),
        ("who hears", Verdict.Note, "--signal=B:USR2", Patients.InJob(LaunchForm.BatchStep)),
        ("who hears", Verdict.Warning, "hears nothing, no warning and no TERM", Patients.InJob(LaunchForm.Child)),
        ("who hears", Verdict.Warning, "unless the task forwards", Patients.InJob(LaunchForm.TaskChild)),
        ("who hears", Verdict.Note, "hears TERM at the limit on this cluster", Patients.InJob(LaunchForm.Child, tracker: "proctrack/linuxproc")),
        ("who hears", Verdict.Note, "on this cluster, and nothing on most others", Patients.InJob(LaunchForm.TaskChild, tracker: "proctrack/linuxproc")),
        ("signals", Verdict.Ok, "neither ignored nor blocked", Patients.Sound),
        ("signals", Verdict.Warning, "USR2, TERM inherited ignored", Patients.Sound with { Signals = new(Bit(12) | Bit(15), 0) }),
        ("signals", Verdict.Note, "in the background", Patients.Sound with { Signals = new(Bit(2) | Bit(13), 0) }),
        ("signals", Verdict.Warning, "USR1 inherited blocked", Patients.Sound with { Signals = new(0, Bit(10)) }),
        ("folder", Verdict.Ok, "is there and can be written", Patients.Sound),
        ("folder", Verdict.Note, "can be made in /scratch", Patients.Folder(facts => facts with { Exists = false, Tried = "/scratch" })),
        ("folder", Verdict.Error, "cannot be written: no", Patients.Folder(facts => facts with { Problem = "no" })),
        ("folder", Verdict.Error, "cannot be made: no", Patients.Folder(facts => facts with { Problem = "no", Exists = false })),
        ("shared", Verdict.Ok, "NFS", Patients.Sound),
        ("shared", Verdict.Note, "ext4, a disk of this machine", Kind(0xef53, null)),
        ("shared", Verdict.Warning, "ext4, a disk of this node", Kind(0xef53, LaunchForm.Task)),
        ("shared", Verdict.Warning, "in this machine's memory", Kind(0x01021994, null)),
        ("shared", Verdict.Error, "in this machine's memory", Kind(0x01021994, LaunchForm.Task)),
        ("shared", Verdict.Note, "file system 0x1234: whether", Kind(0x1234, LaunchForm.Task)),
        ("space", Verdict.Ok, "100 GB free", Patients.Sound),
        ("space", Verdict.Warning, "900 MB free", Patients.Folder(facts => facts with { FreeBytes = 900_000_000 })),
        ("space", Verdict.Ok, "the newest checkpoint has 20 GB", Patients.Folder(facts => facts with { CheckpointBytes = 20_000_000_000 })),
        ("space", Verdict.Warning, "the newest checkpoint has 60 GB", Patients.Folder(facts => facts with { CheckpointBytes = 60_000_000_000 })),
        ("space", Verdict.Error, "no room", Patients.Folder(facts => facts with { CheckpointBytes = 200_000_000_000 })),
        ("rename", Verdict.Ok, "as a whole", Patients.Sound),
        ("rename", Verdict.Error, "cannot be renamed", Patients.Folder(facts => facts with { Abilities = new(false, true, true, true) })),
        ("direct I/O", Verdict.Note, "not taken", Patients.Folder(facts => facts with { Abilities = new(true, false, true, true) })),
        ("hard links", Verdict.Note, "not taken", Patients.Folder(facts => facts with { Abilities = new(true, true, false, true) })),
        ("flock", Verdict.Note, "not taken", Patients.Folder(facts => facts with { Abilities = new(true, true, true, false) })),
        ("stripes", Verdict.Note, "on one server", Patients.Folder(facts => facts with { Stripes = 1 })),
        ("stripes", Verdict.Ok, "over 8 servers", Patients.Folder(facts => facts with { Stripes = 8 })),
        ("stripes", Verdict.Ok, "over all servers", Patients.Folder(facts => facts with { Stripes = -1 })),
        ("speed", Verdict.Ok, "67.1 MB written and synced at 671 MB/s", Patients.Sound),
        ("speed", Verdict.Ok, "20 GB take 30 s then", Patients.Folder(facts => facts with { CheckpointBytes = 20_000_000_000 })),
        ("speed", Verdict.Warning, "6.7 MB/s, read at 671 MB/s (perhaps from memory)", Patients.Folder(facts => facts with { Speed = new(64 << 20, 10, 0.1, PastCache: false) })),
        ("TorchSharp", Verdict.Ok, "GLIBCXX_3.4.33: TorchSharp's native library loads.", Patients.Sound),
        ("TorchSharp", Verdict.Note, "built with Cairn.TorchSharp", Patients.Sound with { Cxx = new("/lib/x", 30) }),
        ("TorchSharp", Verdict.Warning, "does not load", Patients.Sound with { Cxx = new("/lib/x", 29) }),
        ("TorchSharp", Verdict.Note, "no libstdc++.so.6 was found", Patients.Sound with { Cxx = null }),
        ("TorchSharp", Verdict.Note, "names no version", Patients.Sound with { Cxx = new("/lib/x", null) }),
    ];

    private static IReadOnlyDictionary<string, string> Empty => ClusterFacts.ParseSettings("");

    public static TheoryData<int, string> Numbers => [.. Rows.Select((row, i) => (i, $"{row.Check}: {row.Says}"))];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void A_fact_has_its_verdict(int row, string name)
    {
        Assert.NotEmpty(name);
        var (check, verdict, says, patient) = Rows[row];
        var all = Examination.Of(patient).Where(one => one.Check == check).ToList();
        Assert.Contains(all, one => one.Verdict == verdict && one.Says.Contains(says, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_verdict_above_a_note_says_what_to_do() =>
        Assert.All(Rows.SelectMany(row => Examination.Of(row.Patient)).Where(one => one.Verdict > Verdict.Note), one => Assert.NotNull(one.Advice));

    [Fact]
    public void A_sound_place_has_nothing_above_a_note() =>
        Assert.All(Examination.Of(Patients.InJob(LaunchForm.Task)), one => Assert.True(one.Verdict <= Verdict.Note, one.Says));

    [Fact]
    public void Of_the_hub_nothing_is_said_where_nobody_tried_nor_of_an_MPI_outside_of_a_job() =>
        Assert.DoesNotContain(Examination.Of(Patients.Sound with { Mpi = new([], "/lib/libmpich.so.12", TamesUcx: false) }), one => one.Check is "hub" or "UCX");

    [Fact]
    public void In_a_job_its_own_partition_alone_can_be_preempted() =>
        Assert.DoesNotContain(Examination.Of(Patients.InJob(LaunchForm.Task)), one => one.Says.StartsWith("low: a preempted", StringComparison.Ordinal));

    [Fact]
    public void An_array_element_is_named_so_that_commands_take_it()
    {
        var patient = Patients.InJob(LaunchForm.Task);
        var element = patient with { Job = patient.Job! with { Job = patient.Job.Job with { Id = "17_3", ArrayTask = "3" } } };
        Assert.Contains(Examination.Of(element), one => one.Says.Contains("element 3 of an array: Slurm's commands take 17_3", StringComparison.Ordinal));
    }

    private static Patient WithoutAnswer(string node) =>
        Patients.Reaching(null, null) is var patient ? patient with { Hub = patient.Hub! with { Nodes = ["n1", "n2", node], Problem = "srun: node down" } } : throw new InvalidOperationException();

    private static ulong Bit(int signal) => 1UL << (signal - 1);

    private static Patient Kind(uint number, LaunchForm? form) => Patients.Folder(facts => facts with { Kind = FileSystemKind.Of(number) }, form);

    private static Patient WithoutSlurm(LaunchForm? form) =>
        (form is { } inJob ? Patients.InJob(inJob) : Patients.Sound) with { Cluster = new(false, "scontrol cannot be started", Empty, []) };
}
