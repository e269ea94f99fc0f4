using Cairn.Posix;


namespace Cairn.Slurm;

/// <summary>Who is asking this job to stop? A signal does not tell; Slurm's answer does, read in the order of docs/architecture.md.</summary>
internal static class StopCauses
{
    // What a batch script asks for by --signal=B:, and nobody sends to cancel a job: USR1 and USR2.
    private static readonly int[] Warnings = [SignalName.Usr1, SignalName.Usr2];

    /// <summary>The cause: the first row that fits.</summary>
    /// <param name="job">This attempt of the job.</param>
    /// <param name="received">Everything that was received, in its order; at least one.</param>
    /// <param name="status">Slurm's newest answer; null when there is none.</param>
    /// <param name="site">What is set up on the cluster.</param>
    /// <param name="now">The instant.</param>
    public static StopCause Find(SlurmJob job, IReadOnlyList<Interruption> received, JobStatus? status, SlurmSite site, DateTimeOffset now)
    {
        if (Received(InterruptionKind.Interrupt))
            return StopCause.Interrupted;

        // An answer from before the newest signal knows nothing of what that signal means: a job can be cancelled in mid-save.
        if (status is not null && !IsInTime(status, received))
            status = null;
        if (status is not null && FromStatus(job, status, site) is { } told)
            return told;
        if (Received(InterruptionKind.StopFile))
            return StopCause.StopFile;

        // Beside a signal it is what the program does about that signal: a host whose services are stopped by TERM, say.
        if (received[0].Kind == InterruptionKind.Requested && received.All(one => one.Signal is null))
            return StopCause.Requested;
        if (status is null)
            return StopCause.Unknown;

        if (Received(InterruptionKind.RankLost))
            return StopCause.RankLost;

        // Slurm ends jobs up to half a minute late, and OverTimeLimit later still.
        if (now >= status.EndTime)
            return StopCause.TimeLimit;
        return received[0].Kind == InterruptionKind.Deadline ? StopCause.Deadline : StopCause.Warning;

        bool Received(InterruptionKind kind) => received.Any(one => one.Kind == kind);
    }

    /// <summary>Whether Slurm was asked after the newest signal had come.</summary>
    public static bool IsInTime(JobStatus status, IReadOnlyList<Interruption> received) =>
        received.All(one => one.Signal is null || one.Heard <= status.AskedOn);

    /// <summary>What ends the job by Slurm's own word, whatever was received; null when the job goes on.</summary>
    public static StopCause? FromStatus(SlurmJob job, JobStatus status, SlurmSite site)
    {
        if (status.Restarts > job.Restarts || status.IsQueued)
            return StopCause.Requeued;
        if (status.Reason == "TimeLimit" || status.State == "TIMEOUT")
            return StopCause.TimeLimit;
        if (status.PreemptTime is not null)
            return status.GoesOn && !site.PreemptionCancels ? StopCause.Preempted : StopCause.PreemptedForGood;
        if (status.GoesOn)
            return null;

        // --signal=B: without a trap: the warning killed the batch shell, and Slurm ends the tasks because of that.
        return status.State == "COMPLETING" && Warnings.Contains(status.ShellDiedOf) ? StopCause.Warning : StopCause.Cancelled;
    }
}
