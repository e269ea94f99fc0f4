using Cairn.Cli.Doctor;
using Cairn.Cli.Doctor.Facts;
using Cairn.Interruptions.Signals;
using Cairn.Slurm;

namespace Cairn.Cli.Tests.Doctor;

/// <summary>A sound cluster and folder, for tables that change one thing.</summary>
internal static class Patients
{
    public static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    // As Slurm 22.05 prints it.
    private const string Config =
        """
        Configuration data as of 1777636800
        AuthInfo                = (null)
        ClusterName             = test
        JobRequeue              = 1
        KillOnBadExit           = 1
        KillWait                = 30 sec
        MpiDefault              = pmix
        MpiParams               = (null)
        OverTimeLimit           = 0 min
        PreemptMode             = REQUEUE
        PreemptType             = preempt/partition_prio
        ProctrackType           = proctrack/cgroup
        SlurmctldParameters     = (null)
        SrunPortRange           = 0-0
        SLURM_VERSION           = 22.05.8
        WaitTime                = 0 sec
        """;

    private const string Partitions =
        """
        PartitionName=main
           AllowGroups=ALL Default=YES QoS=N/A
           DefaultTime=01:00:00 DisableRootJobs=NO ExclusiveUser=NO GraceTime=0 Hidden=NO
           MaxNodes=UNLIMITED MaxTime=2-00:00:00 MinNodes=0 LLN=NO
           PriorityTier=1 OverSubscribe=NO PreemptMode=OFF
           State=UP TotalCPUs=16 TotalNodes=1

        PartitionName=low
           AllowGroups=ALL Default=NO
           DefaultTime=NONE GraceTime=20 Hidden=NO
           MaxTime=UNLIMITED PreemptMode=REQUEUE
           State=UP TotalCPUs=16 TotalNodes=1

        """;

    public static Patient Sound { get; } = new()
    {
        Cluster = new(true, null, ClusterFacts.ParseSettings(Config), PartitionFacts.Parse(Partitions)),
        Job = null,
        Mpi = new([], null, TamesUcx: false),
        Hub = null,
        Signals = new(0, 0),
        Cxx = new("/lib/libstdc++.so.6", 33),
        Folder = new()
        {
            Path = "/scratch/ckpt",
            Exists = true,
            Tried = "/scratch/ckpt",
            Kind = FileSystemKind.Of(0x6969),
            FreeBytes = 100_000_000_000,
            Abilities = new(true, true, true, true),
            Speed = new(64 << 20, 0.1, 0.1, PastCache: true),
        },
    };

    public static Patient With(string setting, string value) =>
        Sound with { Cluster = Sound.Cluster with { Settings = ClusterFacts.ParseSettings($"{setting} = {value}\n{Config}") } };

    public static Patient InJob(LaunchForm form, JobStatus? status = null, string tracker = "proctrack/cgroup") => With("ProctrackType", tracker) with
    {
        Job = new(new SlurmJob("17", "17", null, 0, 0, 1, null, "main", null, null), status ?? new JobStatus(Now, "RUNNING", EndTime: Now.AddHours(2)), form, Now),
    };

    /// <summary>A job on n1 and n2, of which n2 tried to reach n1 by its name and its address.</summary>
    public static Patient Reaching(string? byName, string? byAddress) => InJob(LaunchForm.Child) with
    {
        Hub = new(["n1", "10.0.0.1"], ["n1", "n2"], [new("n1", "n1", null), new("n1", "10.0.0.1", null), new("n2", "n1", byName), new("n2", "10.0.0.1", byAddress)], null),
    };

    /// <summary>The preemptions of one partition.</summary>
    public static Patient Partition(string mode, int grace) =>
        Sound with { Cluster = Sound.Cluster with { Partitions = [new("low", false, "UP", null, null, mode, grace)] } };

    public static Patient Folder(Func<FolderFacts, FolderFacts> change, LaunchForm? form = null) =>
        (form is { } inJob ? InJob(inJob) : Sound) is var patient ? patient with { Folder = change(patient.Folder) } : throw new InvalidOperationException();
}
