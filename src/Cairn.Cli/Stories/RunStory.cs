using Cairn.Attempts;
using Cairn.Cli.Inspection;

namespace Cairn.Cli.Stories;

/// <summary>The story of a run: its attempts, the oldest first, and what they come to. All figures that are shown of a run are made here, once.</summary>
/// <param name="Folder">The checkpoint folder.</param>
/// <param name="Attempts">Its attempts; the newest alone where only these were asked for.</param>
internal sealed record RunStory(string Folder, IReadOnlyList<StoryAttempt> Attempts)
{
    public StoryAttempt? Newest => Attempts.Count > 0 ? Attempts[^1] : null;

    /// <summary>What all of it went into.</summary>
    public TimeSpent Spent
    {
        get
        {
            var spent = TimeSpent.None;
            foreach (var attempt in Attempts)
                spent = spent.Plus(attempt.Spent);
            return spent;
        }
    }

    /// <summary>The same in GPU-seconds; null where one of the attempts that held nodes does not say how many GPUs it had.</summary>
    public TimeSpent? GpuSpent => SpentBy(allocation => allocation.Gpus);

    /// <summary>The same in node-seconds; null where one of the attempts that held nodes does not say how many.</summary>
    public TimeSpent? NodeSpent => SpentBy(allocation => allocation.NodeCount);

    /// <summary>Completed steps that count; null when it came to none.</summary>
    public long? Step => LastThat(attempt => attempt.FromStep is not null)?.KeptStep;

    /// <summary>The steps of the whole run; null where no attempt says.</summary>
    public long? Planned => LastThat(attempt => attempt.Planned is not null)?.Planned;

    /// <summary>The bound on what saves may add to the time of the steps, in percent, that the newest attempt had; null without one.</summary>
    public double? OverheadPercent => LastThat(attempt => attempt.Resumption is not null)?.OverheadPercent;

    /// <summary>Whether one of the attempts tells of its saves.</summary>
    public bool TellsOfSaves => Attempts.Any(attempt => attempt.TellsOfSaves);

    public long StepsRedone => Sum(attempt => attempt.StepsRedone);

    public long StepsLost => Sum(attempt => attempt.StepsLost);

    /// <summary>How often it saved, and how often would have been best.</summary>
    public SaveInterval Interval => SaveInterval.Of(Attempts);

    /// <summary>Reads the story of a checkpoint folder. Changes nothing; no link is followed.</summary>
    public static RunStory Read(string folder, DateTimeOffset now) => Of(folder, RunJournals.ReadAll(folder), now);

    /// <summary>The newest attempts alone, and of long journals the ends: what a run that has gone on for months is asked for again and again.</summary>
    public static RunStory ReadNewest(string folder, int attempts, DateTimeOffset now) => Of(folder, RunJournals.ReadNewest(folder, attempts), now);

    /// <summary>Puts it together: a pure function, but for the question whether a process of this machine runs.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="journals">The oldest first.</param>
    /// <param name="now">The clock.</param>
    public static RunStory Of(string folder, IReadOnlyList<FoundJournal> journals, DateTimeOffset now)
    {
        var lines = StepLine.OfAll(journals);
        var goneOnFrom = new long[journals.Count];
        var lowest = long.MaxValue;
        for (var i = journals.Count - 1; i >= 0; i--)
        {
            goneOnFrom[i] = lowest;
            lowest = Math.Min(lowest, lines[i].First ?? lowest);
        }

        var attempts = new List<StoryAttempt>(journals.Count);
        var highest = 0L;
        for (var i = 0; i < journals.Count; i++)
        {
            var (journal, isLast) = (journals[i], i == journals.Count - 1);
            var reader = new AttemptReader(journal, AttemptEnd.Of(journal, isLast, now), lines[i], now);
            attempts.Add(reader.Read(
                i == 0 ? null : attempts[i - 1],
                isLast ? null : journals[i + 1].Story.Claim?.Time,
                goneOnFrom[i] == long.MaxValue ? null : goneOnFrom[i],
                highest));
            highest = Math.Max(highest, lines[i].Last ?? 0);
        }

        return new(folder, attempts);
    }

    private TimeSpent? SpentBy(Func<Allocation, int?> number)
    {
        var spent = TimeSpent.None;
        foreach (var attempt in Attempts)
        {
            if (attempt.Spent.Held == 0)
                continue;
            if (attempt.Allocation is not { } allocation || number(allocation) is not { } times)
                return null;
            spent = spent.Plus(attempt.Spent.Times(times));
        }

        return spent.Held > 0 ? spent : null;
    }

    private StoryAttempt? LastThat(Func<StoryAttempt, bool> fits)
    {
        for (var i = Attempts.Count - 1; i >= 0; i--)
        {
            if (fits(Attempts[i]))
                return Attempts[i];
        }

        return null;
    }

    private long Sum(Func<StoryAttempt, long> of)
    {
        var sum = 0L;
        foreach (var attempt in Attempts)
            sum += of(attempt);
        return sum;
    }
}
