namespace Cairn.Attempts;

/// <summary>One line of an attempt's journal. The fields are described in docs/journal.md, <see cref="JournalForm"/> lists them.</summary>
/// <param name="Time">When it happened, UTC.</param>
internal abstract record JournalEvent(DateTimeOffset Time);

/// <summary>The claim: who this attempt is. Written into the file at once, so that nobody takes it for one that died at birth.</summary>
/// <param name="Time">When.</param>
/// <param name="Attempt">Its number.</param>
/// <param name="Job">The job, as Slurm names it.</param>
/// <param name="Restarts">How often that was requeued.</param>
/// <param name="Step">The job step, or what else names this start of the ranks.</param>
/// <param name="WorldSize">The number of ranks.</param>
/// <param name="Process">Rank 0's process.</param>
/// <param name="Program">Its program.</param>
/// <param name="CairnVersion">By which Cairn.</param>
/// <param name="Control">Where rank 0 listens to the others; null where it does not.</param>
/// <param name="Allocation">What Slurm has given the job; null without Slurm.</param>
/// <param name="Command">Of <c>cairn run</c>: which command of the batch script this is. Null for a run of the library.</param>
/// <param name="Checkpoints">Of <c>cairn run</c>: the folder whose changes are progress; null without one.</param>
internal sealed record AttemptStarted(
    DateTimeOffset Time,
    int Attempt,
    string? Job,
    int Restarts,
    string? Step,
    int WorldSize,
    ProcessIdentity Process,
    string Program,
    string CairnVersion,
    string? Control = null,
    Allocation? Allocation = null,
    string? Command = null,
    string? Checkpoints = null) : JournalEvent(Time);

/// <summary>How long the job waited for this attempt, by Slurm's word. A requeue submits it anew.</summary>
/// <param name="Time">When Slurm said so.</param>
/// <param name="Submitted">When it was put into the queue.</param>
/// <param name="Eligible">From when on it could be started.</param>
/// <param name="Started">When it was started.</param>
internal sealed record Queued(DateTimeOffset Time, DateTimeOffset? Submitted, DateTimeOffset? Eligible, DateTimeOffset? Started) : JournalEvent(Time);

/// <summary>The newest checkpoint in sight once the claim stood: what older attempts commit beyond it does not count.</summary>
internal sealed record FolderTaken(DateTimeOffset Time, long? NewestCheckpoint) : JournalEvent(Time);

/// <summary>What the journals before this one tell and a later attempt asks for, so that it need not read them all.</summary>
/// <param name="Time">When.</param>
/// <param name="FinishedStep">Completed steps, where an earlier attempt came to the end; null where none did.</param>
/// <param name="FinishedPlanned">The steps that it had planned.</param>
/// <param name="Fruitless">The attempts right before this one that ended by limit, crash or hang without a new checkpoint, in a row but for those that do not count.</param>
/// <param name="WarnedAttempt">The newest attempt that heard a warning signal and knew its end; null where none did.</param>
/// <param name="WarnedSignal">That signal.</param>
/// <param name="WarnedLeadSeconds">From the signal to that end.</param>
internal sealed record Remembered(
    DateTimeOffset Time,
    long? FinishedStep,
    long? FinishedPlanned,
    IReadOnlyList<long> Fruitless,
    long? WarnedAttempt,
    string? WarnedSignal,
    double WarnedLeadSeconds) : JournalEvent(Time)
{
    /// <summary>The mark of an earlier attempt that came to the end.</summary>
    public Finished? Finished => FinishedStep is { } step ? new Finished(Time, step, FinishedPlanned ?? step) : null;

    /// <summary>What attempts tell. They are asked from the newest on, and no further than to one that remembers those before it.</summary>
    /// <param name="now">When.</param>
    /// <param name="before">The attempts, oldest first.</param>
    /// <param name="next">The claim that comes after them; null when it is not known.</param>
    public static Remembered Of(DateTimeOffset now, IReadOnlyList<AttemptStory> before, AttemptStarted? next)
    {
        Finished? finished = null;
        (long Attempt, string Signal, double Lead)? warned = null;
        var lowest = long.MaxValue;
        for (var i = before.Count - 1; i >= 0; i--)
        {
            var attempt = before[i];
            finished ??= StillFinished(attempt.Finished, lowest);
            if (attempt.Events.OfType<Resumed>().LastOrDefault() is { Step: var from })
                lowest = Math.Min(lowest, from);
            if (warned is null && attempt.Events.OfType<Interrupted>().LastOrDefault(IsWarning) is { Signal: { } signal, Deadline: { } end, Time: var at })
                warned = (attempt.Number, signal, (end - at).TotalSeconds);
            if (attempt.Remembered is not { } earlier)
                continue;
            finished ??= StillFinished(earlier.Finished, lowest);
            if (warned is null && earlier is { WarnedAttempt: { } number, WarnedSignal: { } name })
                warned = (number, name, earlier.WarnedLeadSeconds);
            break;
        }

        return new(now, finished?.Step, finished?.Planned, AttemptGuard.Fruitless(before, next), warned?.Attempt, warned?.Signal, warned?.Lead ?? 0);
    }

    // An attempt that went on from before that end has begun another line of training, which is not at its end.
    private static Finished? StillFinished(Finished? mark, long lowestSince) => mark?.Step <= lowestSince ? mark : null;

    private static bool IsWarning(Interrupted entry) => entry is { Kind: "Warning", Deadline: not null };
}

/// <summary>Where training goes on: the checkpoint that was restored, or none for a start from step 0.</summary>
internal sealed record Resumed(
    DateTimeOffset Time,
    long Step,
    string? Checkpoint,
    long Bytes,
    double Seconds,
    IReadOnlyList<string> Skipped,
    IReadOnlyList<string> ConditionChanges,
    DateTimeOffset? Deadline,
    long? Planned = null,
    string? StartedFrom = null,
    string? Choice = null,
    double? OverheadPercent = null) : JournalEvent(Time);

/// <summary>A sign of life, at most one a minute and one before each save: steps done and what they took since the last one.</summary>
/// <param name="Time">When.</param>
/// <param name="Step">Completed steps.</param>
/// <param name="Steps">How many of them since the last progress.</param>
/// <param name="MeanSeconds">The mean of these; 0 when there are none.</param>
/// <param name="DeviationSeconds">Their standard deviation.</param>
/// <param name="LongestSeconds">The longest of them.</param>
/// <param name="Metrics">The newest values that the program reported.</param>
/// <param name="LongestKnownSeconds">The longest step that is known, of this attempt and those before it.</param>
/// <param name="Planned">The steps of the whole run, where a program says so that <c>cairn run</c> keeps.</param>
internal sealed record Progress(
    DateTimeOffset Time,
    long Step,
    long Steps,
    double MeanSeconds,
    double DeviationSeconds,
    double LongestSeconds,
    IReadOnlyDictionary<string, double>? Metrics,
    double LongestKnownSeconds = 0,
    long? Planned = null) : JournalEvent(Time);

/// <summary>A checkpoint is durable.</summary>
/// <param name="Time">When.</param>
/// <param name="Step">Completed steps.</param>
/// <param name="Reason">Why it was made.</param>
/// <param name="Bytes">The size of all its files.</param>
/// <param name="Seconds">How long the loop waited for it.</param>
/// <param name="DurableSeconds">From the step boundary to the durable checkpoint.</param>
internal sealed record Saved(DateTimeOffset Time, long Step, string Reason, long Bytes, double Seconds, double DurableSeconds) : JournalEvent(Time);

/// <summary>Saves were due while another one was being written, and were left out.</summary>
internal sealed record SavesSkipped(DateTimeOffset Time, long Count, long FirstStep, long LastStep, long StepInFlight) : JournalEvent(Time);

/// <summary>A save failed; older checkpoints are unharmed.</summary>
internal sealed record SaveFailed(DateTimeOffset Time, long Step, string Reason, string Error) : JournalEvent(Time);

/// <summary>A save has been writing for much longer than any before it; one line a minute.</summary>
internal sealed record SaveSlow(DateTimeOffset Time, long Step, double Seconds) : JournalEvent(Time);

/// <summary>Checkpoints that retention gave up.</summary>
internal sealed record Pruned(DateTimeOffset Time, IReadOnlyList<long> Steps) : JournalEvent(Time);

/// <summary>Something wants the process to stop.</summary>
internal sealed record Interrupted(
    DateTimeOffset Time, string Kind, string? Signal, string Description, DateTimeOffset? Deadline) : JournalEvent(Time);

/// <summary>A warning signal came later before the end than a step and a save need.</summary>
internal sealed record ShortLead(DateTimeOffset Time, string Signal, double LeadSeconds, double NeededSeconds) : JournalEvent(Time);

/// <summary>No step boundary came for many times the usual step time.</summary>
/// <param name="Time">When.</param>
/// <param name="Step">Completed steps.</param>
/// <param name="Seconds">Since the last boundary.</param>
/// <param name="LongestSeconds">The longest of the recent steps; 0 when none is known.</param>
/// <param name="Detail">What is known of the process.</param>
internal sealed record Hang(DateTimeOffset Time, long Step, double Seconds, double LongestSeconds, string Detail) : JournalEvent(Time);

/// <summary>The job's end came before a step boundary: the run is ended by force, without a save.</summary>
/// <param name="Time">When.</param>
/// <param name="Step">Completed steps.</param>
/// <param name="Seconds">Since the last boundary.</param>
/// <param name="During">What the program was at.</param>
internal sealed record ForcedStop(DateTimeOffset Time, long Step, double Seconds, string During) : JournalEvent(Time);

/// <summary>The loop was left in the middle of a step, by break or by an exception; that step is not saved.</summary>
internal sealed record LeftInStep(DateTimeOffset Time, long Step) : JournalEvent(Time);

/// <summary>A rank of the step is gone without a word, or has ended by itself: the run ends, and nothing is saved, for the others are in the middle of a step.</summary>
internal sealed record RankLost(DateTimeOffset Time, int Rank, long Step, string Description) : JournalEvent(Time);

/// <summary>What was decided after a stop. Written before a requeue, which kills the process.</summary>
internal sealed record Stopped(
    DateTimeOffset Time, long Step, long? SavedStep, string Cause, string Action, string Reason, string? Slurm = null) : JournalEvent(Time);

/// <summary>
/// The program that <c>cairn run</c> keeps has ended, or is about to be killed, and what was decided then. Written before a requeue,
/// which kills; once more where that had to be tried again: the last one counts.
/// </summary>
/// <param name="Time">When.</param>
/// <param name="Kind">How it ended.</param>
/// <param name="ExitCode">Its exit code, or 128 and its signal; null when it still ran.</param>
/// <param name="Progress">Whether there was a new or changed file in the checkpoint folder; null without one.</param>
/// <param name="SavedStep">The step that it says to have saved.</param>
/// <param name="Brief">Whether less than half of the wall time was used; null where nobody says how long that is.</param>
/// <param name="Cause">Who or what wanted it to stop, as in <see cref="Stopped"/>; null when nobody did.</param>
/// <param name="Action">What followed.</param>
/// <param name="Final">The wrapper's exit code where the job must not be started again; null where it may.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="Slurm">What Slurm said of the job; null when it did not.</param>
/// <param name="Seconds">Since the attempt began.</param>
internal sealed record ProgramEnded(
    DateTimeOffset Time,
    EndKind Kind,
    int? ExitCode,
    bool? Progress,
    long? SavedStep,
    bool? Brief,
    string? Cause,
    EndAction Action,
    int? Final,
    string Reason,
    string? Slurm,
    double Seconds) : JournalEvent(Time);

/// <summary>What Slurm answered to the requeue; missing when it killed the process first.</summary>
internal sealed record RequeueAnswered(DateTimeOffset Time, string Result, string? Error) : JournalEvent(Time);

/// <summary>All steps are done and the last work too: another start does nothing.</summary>
/// <param name="Time">When.</param>
/// <param name="Step">Completed steps.</param>
/// <param name="Planned">The steps that were planned; more than <paramref name="Step"/> after early stopping.</param>
internal sealed record Finished(DateTimeOffset Time, long Step, long Planned) : JournalEvent(Time);

/// <summary>The attempt's last line; an attempt without it was killed, crashed, or still runs.</summary>
internal sealed record AttemptEnded(DateTimeOffset Time, string Outcome, long Step, int? ExitCode, double Seconds) : JournalEvent(Time);
