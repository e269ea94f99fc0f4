namespace Cairn.Slurm.Tests.Wrapper;

/// <summary>Causes and forms of <c>cairn run</c>. The programs train for about 20 s, 100 s where the limit of a minute is to end them.</summary>
internal static class WrapperTable
{
    private const string Run = "CAIRN run --checkpoint-dir ckpt";
    private const string Complete = "training complete";

    public static IReadOnlyList<WrapperRow> All { get; } =
    [
        new("warning, exec, handler and exit 0", $"exec {Run} -- TRAIN guide 200 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete, "heard SIGUSR2"),
        new("warning, exec, exit 75", $"exec {Run} -- TRAIN asks 200 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete, "exit code 75): requeueing"),
        new("warning, exec, the Python helper", $"exec {Run} -- HELPER 200 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete, "exit code 75): requeueing", "the work is done"),
        new("warning, one task", $"srun {Run} -- TRAIN guide 200 0.1", Cause.WarningToTasks, "COMPLETED", 1, Complete),
        new("warning, two nodes", $"exec {Run} -- srun CAIRN run --task -- TRAIN guide 200 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete)
        {
            Options = ["--time=5", "-N2", "-n2"],
            Tasks = 2,
        },
        new("warning to the tasks alone, two nodes", $"exec {Run} -- srun CAIRN run --task -- TRAIN guide 200 0.1", Cause.WarningToTasks, "COMPLETED", 1, Complete)
        {
            Options = ["--time=5", "-N2", "-n2"],
            Tasks = 2,
        },
        new("warning, no scontrol in the container", $"exec {Run} -- env PATH=/nowhere CAIRN run -- TRAIN asks 200 0.1", Cause.WarningToShell, "COMPLETED", 1, Complete, "the wrapper around this one requeues"),
        new("limit, no signal reaches it", $"{Run} -- TRAIN guide 1000 0.1; exit $?", Cause.None, "COMPLETED", 1, Complete, "the job's end is near", "heard SIGUSR2") { Options = ["--time=1"], EndsByLimit = true },
        new("limit, it listens to nothing", $"exec {Run} -- TRAIN deaf 1500 0.1", Cause.None, "COMPLETED", 1, Complete, "the end has come and the program still runs: requeueing") { Options = ["--time=1"], EndsByLimit = true },
        new("preemption, exec", $"exec {Run} -- TRAIN guide 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, "is being preempted", "preempted: requeueing"),
        new("preemption, outer and inner", $"exec {Run} -- srun CAIRN run --task -- TRAIN guide 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, "heard SIGUSR2", "preempted: requeueing"),
        // What the outer one alone loses: TERM goes to the tasks, and ends what does not listen to it.
        new("preemption, outer alone", $"exec {Run} -- srun TRAIN guide 250 0.1", Cause.Preemption, "COMPLETED", 1, Complete, "preempted: requeueing") { FromZero = 2 },
        new("cancelled", $"exec {Run} -- TRAIN guide 200 0.1", Cause.Cancel, "CANCELLED", 0, "by Slurm's word: not requeued"),
        new("an operator's requeue", $"exec {Run} -- TRAIN asks 200 0.1", Cause.Requeue, "COMPLETED", 1, Complete, "the job is back in the queue already"),
        new("a crash is not requeued", $"exec {Run} -- TRAIN crash 20 0.1", Cause.None, "FAILED", 0, "failed with exit code 3"),
        // Saved at step 5 in the first attempt, nothing new in the two that follow.
        new("a crash loop", $"exec {Run} --requeue-crashes 1 -- TRAIN crash 20 0.1", Cause.None, "FAILED", 2, "crash 2 in a row without progress"),
        new("a hang", $"exec {Run} --hang-timeout 3s --lead 2s -- TRAIN hang 20 0.1", Cause.None, "FAILED", 3, "the program hangs", "attempts 2, 3 and 4"),
    ];
}
