namespace Cairn.Cli.LocalScheduler.Jobs;

/// <summary>What stops an attempt, where it is not its own end.</summary>
internal enum StopCause
{
    None,
    Limit,
    Preemption,
    Cancelled,
    NodeFailed,
}
