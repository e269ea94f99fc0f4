using Cairn.Attempts;
using Cairn.Cli.Inspection;

namespace Cairn.Cli.Stories;

/// <summary>One attempt of a run, with all that follows from its journal and from those around it.</summary>
/// <param name="Told">What its journal tells.</param>
/// <param name="End">How it ended.</param>
internal sealed record StoryAttempt(AttemptStory Told, AttemptEnd End)
{
    public int Number => Told.Number;

    /// <summary>What happened, in order.</summary>
    public IReadOnlyList<JournalEvent> Events => Told.Events;

    /// <summary>The claim, of the run where <c>cairn run</c> has one, too; null when it died before it could write one.</summary>
    public AttemptStarted? Claim { get; init; }

    public string? Job => Claim?.Job;

    /// <summary>What Slurm had given it; null where nobody says.</summary>
    public Allocation? Allocation => Claim?.Allocation;

    /// <summary>Where it ran; null where its claim cannot be read.</summary>
    public string? Host => Claim?.Process.Host;

    /// <summary>Since when it waited for a node: the end of the attempt before, in the same job; null where that is not known.</summary>
    public DateTimeOffset? QueuedSince { get; init; }

    /// <summary>When it began; null where its journal has nothing.</summary>
    public DateTimeOffset? Began { get; init; }

    /// <summary>The last that is known of it; now while it runs.</summary>
    public DateTimeOffset? Ended { get; init; }

    public bool IsRunning => End.State == "running";

    /// <summary>Completed steps when it went on; null when it came to none.</summary>
    public long? FromStep { get; init; }

    /// <summary>The last step that its journal tells of.</summary>
    public long? ToStep { get; init; }

    /// <summary>When that was done.</summary>
    public DateTimeOffset? LastStepAt { get; init; }

    /// <summary>The last of its steps that counts: a later attempt went on from there, or would. Null also where a program that saves by itself has not said.</summary>
    public long? KeptStep { get; init; }

    /// <summary>Steps that it has done.</summary>
    public long StepsDone => ToStep - FromStep ?? 0;

    /// <summary>Those of them that an earlier attempt had done, too.</summary>
    public long StepsRedone { get; init; }

    /// <summary>Those of them that do not count; after a death at least so many, for the journal does not tell of every step.</summary>
    public long StepsLost => Math.Min(StepsDone, ToStep - KeptStep ?? 0);

    /// <summary>Whether it ended with no chance to save: killed, crashed, ended by force, a rank lost.</summary>
    public bool IsCutOff { get; init; }

    public IReadOnlyList<Segment> Segments { get; init; } = [];

    public TimeSpent Spent { get; init; } = TimeSpent.None;

    public IReadOnlyList<StorySave> Saves { get; init; } = [];

    /// <summary>Whether it tells of its saves: a program that <c>cairn run</c> keeps saves by itself.</summary>
    public bool TellsOfSaves => Claim?.Command is null || Saves.Count > 0;

    /// <summary>The steps of the whole run as its program reported them last; null where it did not.</summary>
    public long? PlannedReported { get; init; }

    /// <summary>Saves that failed.</summary>
    public IReadOnlyList<SaveFailed> FailedSaves { get; init; } = [];

    /// <summary>The newest that is told of a save: <see cref="Saved"/>, <see cref="SaveFailed"/> or <see cref="SaveSlow"/>; null without any.</summary>
    public JournalEvent? NewestSave
    {
        get
        {
            for (var i = Events.Count - 1; i >= 0; i--)
            {
                if (Events[i] is Saved or SaveFailed or SaveSlow)
                    return Events[i];
            }

            return null;
        }
    }

    /// <summary>How many saves were left out, for another one was still being written.</summary>
    public long SkippedSaves { get; init; }

    /// <summary>The newest values that the program reported.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>Steps a second at the end of what is known; null where too little is.</summary>
    public double? StepsPerSecond { get; init; }

    /// <summary>What asked it to stop: the last that did.</summary>
    public Interrupted? Interruption => Last<Interrupted>();

    /// <summary>What was decided then.</summary>
    public Stopped? Decision => Last<Stopped>();

    /// <summary>What <c>cairn run</c> made of its end; null without one.</summary>
    public ProgramEnded? WrapperDecision => Last<ProgramEnded>();

    /// <summary>What Slurm answered to the requeue.</summary>
    public RequeueAnswered? Answer => Last<RequeueAnswered>();

    /// <summary>Where it went on.</summary>
    public Resumed? Resumption => Last<Resumed>();

    /// <summary>The steps of the whole run; null for a loop of one's own.</summary>
    public long? Planned => Last<Finished>()?.Planned ?? Resumption?.Planned ?? Last<Progress>()?.Planned ?? PlannedReported;

    /// <summary>What saves might add to the time of the steps, in percent; null where its schedule had no such bound.</summary>
    public double? OverheadPercent => Resumption?.OverheadPercent is { } percent && percent is > 0 and <= 100 ? percent : null;

    /// <summary>When the job ends; null without a limit.</summary>
    public DateTimeOffset? Deadline => Interruption?.Deadline ?? Resumption?.Deadline;

    public int? ExitCode => WrapperDecision?.ExitCode ?? Last<AttemptEnded>()?.ExitCode;

    /// <summary>The newest event of a kind; null where there is none.</summary>
    public T? Last<T>()
        where T : JournalEvent
    {
        for (var i = Events.Count - 1; i >= 0; i--)
        {
            if (Events[i] is T found)
                return found;
        }

        return null;
    }
}
