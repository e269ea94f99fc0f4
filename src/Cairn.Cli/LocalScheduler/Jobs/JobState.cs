namespace Cairn.Cli.LocalScheduler.Jobs;

/// <summary>The states that scontrol and squeue name, as far as one job on one machine goes through them.</summary>
internal enum JobState
{
    Pending,
    Running,
    Suspended,
    Completing,
    Completed,
    Failed,
    Timeout,
    Cancelled,
    Preempted,
    NodeFail,
}

internal static class JobStateNames
{
    public static string Name(this JobState state) => state == JobState.NodeFail ? "NODE_FAIL" : state.ToString().ToUpperInvariant();

    public static string Letters(this JobState state) => state switch
    {
        JobState.Pending => "PD",
        JobState.Running => "R",
        JobState.Suspended => "S",
        JobState.Completing => "CG",
        JobState.Completed => "CD",
        JobState.Failed => "F",
        JobState.Timeout => "TO",
        JobState.Cancelled => "CA",
        JobState.NodeFail => "NF",
        _ => "PR",
    };
}
