using Cairn.Slurm;

namespace Cairn.Cli.Wrapper.Decisions;

/// <summary>When what is due: pure decisions over the times that are known.</summary>
internal static class Moments
{
    private static readonly TimeSpan DefaultLead = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MostReserve = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LeastReserve = TimeSpan.FromSeconds(1);

    /// <summary>How long before the end the program is warned: as chosen, but half of the wall time at most, for an attempt must get on; else 60 s, on short limits a fifth of it.</summary>
    public static TimeSpan Lead(TimeSpan? chosen, TimeSpan? wallTime)
    {
        if (chosen is { } lead)
            return IsTooLong(lead, wallTime) ? wallTime!.Value / 2 : lead;
        return wallTime is { } whole && whole / 5 < DefaultLead ? whole / 5 : DefaultLead;
    }

    /// <summary>Whether a lead leaves less than half of the wall time for work.</summary>
    public static bool IsTooLong(TimeSpan? chosen, TimeSpan? wallTime) => chosen > wallTime / 2;

    /// <summary>What is kept of a span of time for the requeue: a fifth, 1 to 5 s.</summary>
    public static TimeSpan Reserve(TimeSpan span)
    {
        var part = span / 5;
        return part > MostReserve ? MostReserve : part < LeastReserve ? LeastReserve : part;
    }

    /// <summary>When nothing can be saved any more; null when that is not known.</summary>
    /// <param name="end">The job's end, as far as known.</param>
    /// <param name="status">Slurm's newest answer.</param>
    /// <param name="received">Everything that came.</param>
    /// <param name="site">The cluster.</param>
    public static DateTimeOffset? Deadline(DateTimeOffset? end, JobStatus? status, IReadOnlyList<Interruption> received, SlurmSite site)
    {
        if (received.LastOrDefault(one => one.Kind == InterruptionKind.Terminate) is not { } term)
            return end;

        // While the job goes on, the TERM was only the begin of a preemption, whose end is the job's, or somebody's own.
        return InTime(status, received) is { GoesOn: true } ? end : term.At + site.KillWait;
    }

    /// <summary>
    /// When the job is requeued although the program still runs: it would be killed a moment later, and the wrapper with it.
    /// Null when Slurm says itself before it kills, or is putting the job back anyway.
    /// </summary>
    /// <param name="deadline">When nothing can be saved any more.</param>
    /// <param name="status">Slurm's newest answer.</param>
    /// <param name="received">Everything that came.</param>
    /// <param name="site">The cluster.</param>
    /// <param name="lead">How long before the end the program is warned: the requeue comes after that.</param>
    /// <param name="hearsTerm">Whether Slurm sends this process a TERM a KillWait before the KILL.</param>
    public static DateTimeOffset? LastCall(
        DateTimeOffset? deadline, JobStatus? status, IReadOnlyList<Interruption> received, SlurmSite site, TimeSpan lead, bool hearsTerm)
    {
        status = InTime(status, received);
        if (deadline is not { } at || status is { IsQueued: true })
            return null;
        if (status is { PreemptTime: { } begin, GoesOn: true })
            return at - Reserve(at - begin);
        var termed = received.Any(one => one.Kind == InterruptionKind.Terminate) && status is not { GoesOn: true };
        if (termed)
            return at - Reserve(site.KillWait);
        return hearsTerm ? null : at - Reserve(lead);
    }

    private static JobStatus? InTime(JobStatus? status, IReadOnlyList<Interruption> received) =>
        status is not null && StopCauses.IsInTime(status, received) ? status : null;
}
