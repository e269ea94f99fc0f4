namespace Cairn.Cli.LocalScheduler.Jobs;

/// <summary>How the whole job ended.</summary>
/// <param name="State">Slurm's final state; PENDING when the attempts were used up.</param>
/// <param name="ExitCode">What <c>cairn local</c> exits with.</param>
internal sealed record JobOutcome(JobState State, int ExitCode)
{
    /// <summary>Killed at the limit and not requeued, as timeout(1) says it.</summary>
    public const int TimeoutCode = 124;

    /// <summary>The job would go on, but --max-attempts is reached.</summary>
    public const int AttemptsUsedUpCode = 75;

    /// <summary>Cancelled; or preempted, or failed with its node, and not requeued.</summary>
    public const int CancelledCode = 143;

    /// <summary>Cancelled by Ctrl-C.</summary>
    public const int InterruptedCode = 130;
}
