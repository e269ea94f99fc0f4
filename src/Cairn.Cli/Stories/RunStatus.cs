namespace Cairn.Cli.Stories;

/// <summary>Where a run stands now.</summary>
/// <param name="Story">Its newest attempts; without any where none has begun, or where it has no folder that is known.</param>
/// <param name="Queued">The job as the queue tells of it; null when it is not there, or there is no queue.</param>
/// <param name="State">One word: running, starting, waiting, finished, ended, died, silent or unknown.</param>
internal sealed record RunStatus(RunStory Story, QueuedJob? Queued, string State)
{
    public string? Folder => Story.Folder.Length > 0 ? Story.Folder : null;

    public string? Job => Queued?.Id ?? Story.Newest?.Job;

    public int? Attempt => Story.Newest?.Number;

    /// <summary>How long the steps that are left take at the newest rate; null where that, or their number, is not known, or it does not run.</summary>
    public double? SecondsLeft { get; init; }

    /// <summary>The newest checkpoint's step; null where there is none.</summary>
    public long? CheckpointStep { get; init; }

    /// <summary>When that was saved.</summary>
    public DateTimeOffset? CheckpointTime { get; init; }

    /// <summary>When the running attempt ends at the latest; null without a limit.</summary>
    public DateTimeOffset? Deadline { get; init; }

    /// <summary>How the newest attempt that has ended did so, in words; null where none has.</summary>
    public string? LastStop { get; init; }

    /// <summary>The newest values that the program reported.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; init; } = new Dictionary<string, double>();

    /// <summary>What is wrong, a sentence each; none when all is well.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>Puts it together.</summary>
    /// <param name="story">The newest attempts.</param>
    /// <param name="queued">The job in the queue; null where it is not.</param>
    /// <param name="facts">What lies on the disk.</param>
    /// <param name="now">The clock.</param>
    public static RunStatus Of(RunStory story, QueuedJob? queued, FolderState facts, DateTimeOffset now)
    {
        var newest = story.Newest;
        var state = StateOf(newest, queued);
        var isRunning = state == "running";
        var status = new RunStatus(story, queued, state)
        {
            CheckpointStep = facts.NewestStep,
            CheckpointTime = SavedAt(story, facts),
            Deadline = isRunning || state == "starting" ? newest is { IsRunning: true, Deadline: { } known } ? known : queued?.End : null,
            LastStop = LastEnd(story)?.End.Words,
            Metrics = NewestMetrics(story),
            SecondsLeft = isRunning && Rate(story) is > 0 and var rate && newest is { Planned: { } planned, ToStep: { } step } ? Math.Max(0, Within.Count(planned) - step) / rate : null,
        };
        return status with { Problems = Troubles.Of(status, facts, now) };
    }

    /// <summary>Steps a second of the newest attempt that tells of any; null where none does.</summary>
    public double? StepsPerSecond => Rate(Story);

    private static double? Rate(RunStory story)
    {
        for (var i = story.Attempts.Count - 1; i >= 0; i--)
        {
            if (story.Attempts[i].StepsPerSecond is { } rate)
                return rate;
        }

        return null;
    }

    private static string StateOf(StoryAttempt? newest, QueuedJob? queued) => (queued, newest?.End.State) switch
    {
        ({ IsWaiting: true }, _) => "waiting",
        ({ IsRunning: true }, "running" or "silent") => Running(newest!),
        ({ IsRunning: true }, "finished") => "finished",
        ({ IsRunning: true }, "unreadable") => "running",
        ({ IsRunning: true }, _) => "starting",
        ({ }, null) => "ended",
        (_, null or "unreadable") => "unknown",
        (_, "running") => Running(newest!),
        (_, "requeued") => "waiting",
        (_, "lost") => "died",
        (_, "silent" or "finished") => newest!.End.State,
        _ => "ended",
    };

    // A program that cairn run keeps need not report its steps.
    private static string Running(StoryAttempt newest) => newest is { FromStep: null, Claim.Command: null } ? "starting" : "running";

    private static StoryAttempt? LastEnd(RunStory story)
    {
        for (var i = story.Attempts.Count - 1; i >= 0; i--)
        {
            if (!story.Attempts[i].IsRunning)
                return story.Attempts[i];
        }

        return null;
    }

    private static DateTimeOffset? SavedAt(RunStory story, FolderState facts)
    {
        for (var i = story.Attempts.Count - 1; i >= 0; i--)
        {
            for (var j = story.Attempts[i].Saves.Count - 1; j >= 0; j--)
            {
                if (story.Attempts[i].Saves[j] is { } save && save.Step == facts.NewestStep)
                    return save.Boundary;
            }
        }

        return facts.NewestChanged;
    }

    private static IReadOnlyDictionary<string, double> NewestMetrics(RunStory story)
    {
        for (var i = story.Attempts.Count - 1; i >= 0; i--)
        {
            if (story.Attempts[i].Metrics.Count > 0)
                return story.Attempts[i].Metrics;
        }

        return new Dictionary<string, double>();
    }
}

/// <summary>What lies on the disk.</summary>
/// <param name="NewestStep">The newest checkpoint's step; null without one.</param>
/// <param name="NewestChanged">When it was put there.</param>
/// <param name="FreeBytes">What is left on the file system; null where that is not told.</param>
internal sealed record FolderState(long? NewestStep, DateTimeOffset? NewestChanged, long? FreeBytes)
{
    public static FolderState Nothing { get; } = new(null, null, null);
}
