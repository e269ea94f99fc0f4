namespace Cairn.Slurm.Tests.Wrapper;

/// <summary>
/// Causes and forms of <c>cairn run</c>, for programs that handle the warning in the guide's way (guide), exit 75 (asks), use the
/// Python helper, or ignore everything (deaf). They train for some 20 s, longer where a limit is to end them.
/// </summary>
internal static class WrapperTable
{
    // As --standalone, but for the port: PyTorch 1.13 has one for all torchruns of a machine, of which the tests have several.
    private const string Alone = "--nnodes=1 --rdzv_backend=c10d --rdzv_endpoint=localhost:0";
    private const string Run = "CAIRN run --checkpoint-dir ckpt";
    private const string Exec = $"exec {Run} --";
    private const string OneTask = $"srun {Run} --";
    private const string Both = $"exec {Run} -- srun CAIRN run --task --";

    private const string Complete = "training complete";
    private const string Asked = "exit code 75): requeueing";
    private const string Saved = "the program has stopped and saved";
    private const string Preempted = "preempted: requeueing";
    private const string NeverAgain = "the program asks never to be requeued (exit code 78)";
    private const string Near = "the job's end is near";
    private const string Forced = "the end has come and the program still runs: requeueing";
    private const string Cancelled = "by Slurm's word: not requeued";

    // Of the signal itself, before Slurm was asked, or the end was near.
    private const string BySignal = "USR2 from pid";

    public static IReadOnlyList<WrapperRow> All { get; } = [.. Warnings(), .. Launchers(), .. Limits(), .. Preemptions(), .. AfterPreemptions(), .. Cancellations(), .. Operators(), .. Options(), .. Failures()];

    private static IEnumerable<WrapperRow> Warnings() =>
    [
        new("warning, exec, handler and exit 0", $"{Exec} TRAIN guide 200 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete, "heard SIGUSR2"),
        new("warning, exec, exit 75", $"{Exec} TRAIN asks 200 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete, Asked),
        new("warning, exec, the Python helper", $"{Exec} HELPER 200 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete, Saved, "the work is done"),
        new("warning, exec, it listens to nothing", $"{Exec} TRAIN deaf 200 0.1", Cause.WarningToShell, "COMPLETED", 0, Complete, "the program does not hear USR2", "the program has finished"),
        new("warning, one task", $"{OneTask} TRAIN guide 200 0.1", Cause.WarningToTasks, "COMPLETED", 1, Complete),
        new("warning, one task, exit 75", $"{OneTask} TRAIN asks 200 0.1", Cause.WarningToTasks, "COMPLETED", 1, Complete, Asked),
        new("warning, one task, the Python helper", $"{OneTask} HELPER 200 0.1", Cause.WarningToTasks, "COMPLETED", 1, Complete, Saved, "the work is done"),
        new("warning, one task, it listens to nothing", $"{OneTask} TRAIN deaf 200 0.1", Cause.WarningToTasks, "COMPLETED", 0, Complete, "the program does not hear USR2", "the program has finished"),
        new("warning, two nodes", $"{Both} TRAIN guide 200 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete) { Tasks = 2 },
        new("warning, two nodes, exit 75", $"{Both} TRAIN asks 200 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete, Asked) { Tasks = 2 },
        new("warning, two nodes, the Python helper", $"{Both} HELPER 200 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete, Saved, "the work is done") { Tasks = 2 },
        new("warning, two nodes, they listen to nothing", $"{Both} TRAIN deaf 200 0.1", Cause.WarningToShell, "COMPLETED", 0, Complete, "the program has finished") { Tasks = 2 },
        new("warning to the tasks alone, two nodes", $"{Both} TRAIN guide 200 0.1", Cause.WarningToTasks, "COMPLETED", 1, Complete) { Tasks = 2 },
        new("warning, no scontrol in the container", $"{Exec} env PATH=/nowhere CAIRN run -- TRAIN asks 200 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete, "the wrapper around this one requeues"),
        new("warning, a heterogeneous job", $"#SBATCH hetjob\n#SBATCH --time=5 --mem=100M\n{Exec} TRAIN guide 200 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete),

        // Two minutes and a lead of one: Slurm's own timer, long before the wrapper's.
        new("Slurm's timer, exec", $"{Exec} TRAIN guide 800 0.1", Cause.None, "COMPLETED", 1, Complete, BySignal) { Minutes = 2, Options = ["--signal=B:USR2@60"], EndsByLimit = true },
        new("Slurm's timer, one task", $"{OneTask} TRAIN guide 800 0.1", Cause.None, "COMPLETED", 1, Complete, BySignal) { Minutes = 2, Options = ["--signal=USR2@60"], EndsByLimit = true },
    ];

    // What stands between hears no USR2 and makes 1 of every code: the program polls CAIRN_STATUS by the helper, and says by a file what is to follow.
    private static IEnumerable<WrapperRow> Launchers() =>
    [
        // Two minutes before the end: long before the wrapper's own lead, which would help by luck.
        new("Slurm's timer, torchrun", $"{Exec} TORCHRUN {Alone} --nproc_per_node=2 RANKED asks 800 0.1", Cause.None, "COMPLETED", 1, Complete, BySignal, "the program does not hear USR2", Saved, "the work is done")
        {
            Minutes = 3, Options = ["--signal=B:USR2@120"], EndsByLimit = true, NeedsTorch = true,
        },
        new("warning, torchrun, exit 0", $"{Exec} TORCHRUN {Alone} --nproc_per_node=2 RANKED exits 150 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete, "has stopped as it was asked to", "the work is done") { NeedsTorch = true },
        new("warning, torchrun, never again", $"{Exec} TORCHRUN {Alone} --nproc_per_node=2 RANKED never 150 0.1", Cause.WarningToShell, "FAILED", 0, "asks never to be requeued: the data is broken") { NeedsTorch = true },
        new(
            "warning, torchrun, two nodes",
            $"{Both} TORCHRUN --nnodes=2 --nproc_per_node=1 --rdzv_backend=c10d --rdzv_endpoint=localhost:$((30100 + SLURM_JOB_ID % 2600)) --rdzv_id=$SLURM_JOB_ID RANKED asks 200 0.1",
            Cause.WarningToShell, "COMPLETED", 1, Complete, Saved, "the work is done") { Options = ["--nodes=2", "--ntasks=2"], NeedsTorch = true },
        new("warning, torch.multiprocessing.spawn", $"{Exec} /usr/bin/python3 RANKED asks 150 0.1 spawn", Cause.WarningToShell, "COMPLETED", 1, Complete, Saved, "the work is done") { NeedsTorch = true },
        new("warning, what stands in for accelerate and deepspeed", $"{Exec} LAUNCHER RANKED asks 200 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete, Saved, "the work is done"),
        new("preemption, what stands in for accelerate and deepspeed", $"{Exec} LAUNCHER RANKED asks 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, Preempted, "the work is done"),
    ];

    private static IEnumerable<WrapperRow> Limits() =>
    [
        new("limit, no signal reaches it", $"{Run} -- TRAIN guide 600 0.1; exit $?", Cause.None, "COMPLETED", 1, Complete, Near, "heard SIGUSR2") { Minutes = 1, EndsByLimit = true },
        new("limit, exec, exit 75", $"{Exec} TRAIN asks 600 0.1", Cause.None, "COMPLETED", 1, Complete, Near, Asked) { Minutes = 1, EndsByLimit = true },
        new("limit, one task", $"{OneTask} TRAIN guide 600 0.1", Cause.None, "COMPLETED", 1, Complete, Near, "heard SIGUSR2") { Minutes = 1, EndsByLimit = true },
        new("limit, one task, the Python helper", $"{OneTask} HELPER 600 0.1", Cause.None, "COMPLETED", 1, Complete, Near, Saved, "the work is done") { Minutes = 1, EndsByLimit = true },
        new("limit, outer and inner", $"{Both} TRAIN guide 600 0.1", Cause.None, "COMPLETED", 1, Complete, Near, "heard SIGUSR2") { Minutes = 1, EndsByLimit = true, Tasks = 2 },
        new("limit, outer and inner, the Python helper", $"{Both} HELPER 600 0.1", Cause.None, "COMPLETED", 1, Complete, Near, Saved, "the work is done") { Minutes = 1, EndsByLimit = true, Tasks = 2 },

        // Slurm is up to half a minute late with its TERM, and waits half a minute after it.
        new("limit, it listens to TERM alone", $"{Exec} TRAIN term 900 0.1", Cause.None, "COMPLETED", 1, Complete, Near, "heard SIGTERM", "has stopped as it was asked to: requeueing") { Minutes = 1, EndsByLimit = true },

        // The first attempt lasts 60 to 120 s, for Slurm looks every half minute and waits as long with its KILL; 130 s of work are more
        // than that, and what the second has left is done before its limit.
        new("limit, it listens to nothing", $"{Exec} TRAIN deaf 1300 0.1", Cause.None, "COMPLETED", 1, Complete, Forced) { Minutes = 1, EndsByLimit = true },
        new("limit, one task, it listens to nothing", $"{OneTask} TRAIN deaf 1300 0.1", Cause.None, "COMPLETED", 1, Complete) { Minutes = 1, EndsByLimit = true },
        new("limit, outer and inner, it listens to nothing", $"{Both} TRAIN deaf 1300 0.1", Cause.None, "COMPLETED", 1, Complete, Forced) { Minutes = 1, EndsByLimit = true },
    ];

    private static IEnumerable<WrapperRow> Preemptions() =>
    [
        new("preemption, exec", $"{Exec} TRAIN guide 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, "is being preempted", Preempted),
        new("preemption, exec, exit 75", $"{Exec} TRAIN asks 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, "is being preempted", Preempted),
        new("preemption, exec, the Python helper", $"{Exec} HELPER 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, "is being preempted", Preempted, "the work is done"),
        new("preemption, one task", $"{OneTask} TRAIN guide 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, "heard SIGUSR2", Preempted),
        new("preemption, one task, the Python helper", $"{OneTask} HELPER 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, Preempted, "the work is done"),
        new("preemption, outer and inner", $"{Both} TRAIN guide 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, "heard SIGUSR2", Preempted),
        new("preemption, outer and inner, exit 75", $"{Both} TRAIN asks 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, "heard SIGUSR2", Preempted),
        new("preemption, outer and inner, the Python helper", $"{Both} HELPER 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, Preempted, "the work is done"),
        new("preemption, outer and inner, it listens to nothing", $"{Both} TRAIN deaf 600 0.1", Cause.Preemption, "COMPLETED", 1, Complete, Preempted),

        // What the outer one alone loses: TERM goes to the tasks, and ends what does not listen to it.
        new("preemption, outer alone", $"{Exec} srun TRAIN guide 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, Preempted) { FromZero = 2 },

        // Put back in the queue at once, but KillWait is enough for a save.
        new("preemption without a grace", $"{Exec} TRAIN guide 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, "heard SIGUSR2", "the job is back in the queue already") { Preemptible = "zero" },
        new("preemption without a grace, outer and inner", $"{Both} TRAIN guide 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, "heard SIGUSR2", "the job is back in the queue already") { Preemptible = "zero" },
        new("preemption that cancels", $"{Exec} TRAIN guide 250 0.1", Cause.Preemption, "FAILED", 0, "heard SIGUSR2", "preempted, and Slurm cancels the job for it: not requeued") { Preemptible = "cancel" },
        new("preemption that cancels, requeued all the same", $"exec {Run} --requeue-if-preemption-cancels -- TRAIN guide 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, "heard SIGUSR2", Preempted) { Preemptible = "cancel" },
        new("preemption by the job's own signal, exec", $"{Exec} TRAIN guide 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, BySignal, Preempted) { Setup = Setup.UserSignal, Options = ["--requeue", "--signal=B:USR2@60"] },
        new("preemption by the job's own signal, one task", $"{OneTask} TRAIN guide 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, BySignal, Preempted) { Setup = Setup.UserSignal, Options = ["--requeue", "--signal=USR2@60"] },
    ];

    // What was decided is kept where Slurm starts the job once more all the same.
    private static IEnumerable<WrapperRow> AfterPreemptions() =>
    [
        new("preempted, then never again", $"exec env ENDS_WITH=78 {Run} -- TRAIN guide 150 0.1", Cause.Preemption, "FAILED", 1, Complete, Preempted, NeverAgain) { ExitCode = 78 },
        new("preempted, then never again, outer and inner", $"exec env ENDS_WITH=78 {Run} -- srun CAIRN run --task -- TRAIN guide 150 0.1", Cause.Preemption, "FAILED", 1, Complete, Preempted, NeverAgain) { ExitCode = 78 },
        new("preempted, then a crash", $"exec env ENDS_WITH=3 {Run} -- TRAIN guide 150 0.1", Cause.Preemption, "FAILED", 1, Complete, Preempted, "failed with exit code 3") { ExitCode = 3 },
        new("preempted, then done and an exit code", $"exec env ENDS_WITH=3 {Run} -- HELPER 150 0.1", Cause.Preemption, "FAILED", 1, Complete, Preempted, "the work is done") { ExitCode = 3 },
        new("preempted, never again within the grace", $"exec env STOPS_WITH=78 {Run} -- TRAIN guide 250 0.1", Cause.Preemption, "FAILED", 0, "heard SIGUSR2", NeverAgain) { ExitCode = 78 },
    ];

    private static IEnumerable<WrapperRow> Cancellations() =>
    [
        new("cancelled", $"{Exec} TRAIN guide 200 0.1", Cause.Cancel, "CANCELLED", 0, Cancelled),
        new("cancelled, exit 75", $"{Exec} TRAIN asks 200 0.1", Cause.Cancel, "CANCELLED", 0, Cancelled),
        new("cancelled, the Python helper", $"{Exec} HELPER 200 0.1", Cause.Cancel, "CANCELLED", 0, Cancelled),
        new("cancelled, one task", $"{OneTask} TRAIN guide 200 0.1", Cause.Cancel, "CANCELLED", 0),
        new("cancelled, outer and inner", $"{Both} TRAIN guide 200 0.1", Cause.Cancel, "CANCELLED", 0, Cancelled) { Tasks = 2 },
        new("cancelled, outer and inner, the Python helper", $"{Both} HELPER 200 0.1", Cause.Cancel, "CANCELLED", 0, Cancelled) { Tasks = 2 },
        new("cancelled, it listens to nothing", $"{Exec} TRAIN deaf 600 0.1", Cause.Cancel, "CANCELLED", 0, Cancelled),
        new("cancelled in the middle of the save", $"{Exec} TRAIN guide 200 0.1 6", Cause.CancelInSave, "CANCELLED", 0, BySignal, Cancelled),
        new("cancelled in the middle of the save, outer and inner", $"{Both} TRAIN guide 200 0.1 6", Cause.CancelInSave, "CANCELLED", 0, BySignal, Cancelled) { Tasks = 2 },
    ];

    private static IEnumerable<WrapperRow> Operators() =>
    [
        new("an operator's requeue", $"{Exec} TRAIN asks 200 0.1", Cause.Requeue, "COMPLETED", 1, Complete, "the job is back in the queue already"),
        new("an operator's requeue, one task", $"{OneTask} TRAIN guide 200 0.1", Cause.Requeue, "COMPLETED", 1, Complete),
        new("an operator's requeue, outer and inner", $"{Both} TRAIN guide 200 0.1", Cause.Requeue, "COMPLETED", 1, Complete, "the job is back in the queue already") { Tasks = 2 },
        new("its node is set down", $"{Exec} TRAIN guide 200 0.1", Cause.NodeDown, "COMPLETED", 1, Complete, "heard SIGUSR2", "the job is back in the queue already"),
        new("its node is set down, outer and inner", $"{Both} TRAIN guide 200 0.1", Cause.NodeDown, "COMPLETED", 1, Complete, "the job is back in the queue already"),
        new("finished, and requeued once more", $"{Exec} HELPER 20 0.1", Cause.RequeueAtTheEnd, "COMPLETED", 1, Complete, "remove it to run again"),
    ];

    private static IEnumerable<WrapperRow> Options() =>
    [
        new("warning, submitted with --no-requeue", $"{Exec} TRAIN guide 200 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete) { Options = ["--no-requeue"] },
        new("warning, cairn run --no-requeue", $"exec {Run} --no-requeue -- TRAIN guide 200 0.1", Cause.WarningToShell, "FAILED", 0, "heard SIGUSR2", "not requeued, as the options say"),
        new("the stop file, outer and inner", $"exec {Run} --stop-file stop -- srun CAIRN run --task -- TRAIN guide 200 0.1", Cause.StopFile, "FAILED", 0, "heard SIGUSR2", "stopped by the stop file: not requeued"),
        new("warning, the done file is there", $"exec {Run} --done-file ready -- TRAIN guide 200 0.1", Cause.WarningWhenDone, "COMPLETED", 0, "heard SIGUSR2", "the work is done"),
    ];

    private static IEnumerable<WrapperRow> Failures() =>
    [
        new("a crash is not requeued", $"{Exec} TRAIN crash 20 0.1", Cause.None, "FAILED", 0, "failed with exit code 3"),

        // Saved at step 5 in the first attempt, nothing new in the two that follow.
        new("a crash loop", $"exec {Run} --requeue-crashes 1 -- TRAIN crash 20 0.1", Cause.None, "FAILED", 2, "crash 2 in a row without progress"),
        new("a hang", $"exec {Run} --hang-timeout 3s --lead 2s -- TRAIN hang 20 0.1", Cause.None, "FAILED", 3, "the program hangs", "attempts 2, 3 and 4"),
        new("a hang, outer and inner", $"exec {Run} --hang-timeout 8s --lead 2s -- srun CAIRN run --task -- TRAIN hang 20 0.1", Cause.None, "FAILED", 3, "the program hangs", "attempts 2, 3 and 4"),
    ];
}
