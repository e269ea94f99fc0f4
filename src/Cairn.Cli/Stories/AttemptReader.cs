using Cairn.Attempts;
using Cairn.Cli.Inspection;

namespace Cairn.Cli.Stories;

/// <summary>Makes one attempt of a story: a pure function of its journal, and of what those around it say of its steps and its end.</summary>
/// <param name="journal">The journal.</param>
/// <param name="end">How it ended.</param>
/// <param name="steps">Its steps.</param>
/// <param name="now">The clock.</param>
internal sealed class AttemptReader(FoundJournal journal, AttemptEnd end, StepLine steps, DateTimeOffset now)
{
    // An attempt touches its journal every 15 s while it lives. A copy of the folder has the time of its copying.
    private static readonly TimeSpan BelievedTouch = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan AfterTheDeadline = TimeSpan.FromMinutes(2);

    private readonly IReadOnlyList<JournalEvent> _events = journal.Story.Events;

    /// <summary>Puts it together.</summary>
    /// <param name="before">The attempt before; null for the first.</param>
    /// <param name="next">When the next one claimed the folder; null for the newest.</param>
    /// <param name="goneOnFrom">The lowest step from which any later one went on; null when none did.</param>
    /// <param name="highestBefore">The highest step that any earlier one came to.</param>
    public StoryAttempt Read(StoryAttempt? before, DateTimeOffset? next, long? goneOnFrom, long highestBefore)
    {
        List<StorySave> saves = [];
        List<SaveFailed> failed = [];
        var skipped = 0L;
        foreach (var entry in _events)
        {
            if (entry is Saved saved)
                saves.Add(StorySave.Of(saved));
            else if (entry is SaveFailed failure)
                failed.Add(failure);
            else if (entry is SavesSkipped several)
                skipped += Within.Count(several.Count);
        }

        var story = new StoryAttempt(journal.Story, end)
        {
            Claim = Claim(),
            Began = _events.Count > 0 ? _events[0].Time : null,
            FromStep = steps.First,
            ToStep = steps.Last,
            LastStepAt = steps.Last is null ? null : steps.Ended,
            Saves = saves,
            FailedSaves = failed,
            SkippedSaves = skipped,
            StepsPerSecond = steps.NewestRate(),
            Metrics = Metrics(),
            PlannedReported = journal.LastReports is [.., { Total: { } total }] ? Within.Count(total) : null,
        };
        if (story.Began is not { } began)
            return story;
        var ended = Within.Later(began, End(next, story.Deadline));
        story = story with
        {
            Ended = ended,
            IsCutOff = IsCutOff(story),
            QueuedSince = QueuedSince(before, story, began),
        };
        if (story.Last<Queued>()?.Started is { } started && Within.Later(started, before?.Ended ?? started) is var held && held < began)
            story = story with { Began = began = held, QueuedSince = story.QueuedSince < held ? story.QueuedSince : null };
        if (steps is { First: { } from, Last: { } to })
            story = story with { KeptStep = Kept(story, goneOnFrom, from, to) is { } kept ? Math.Clamp(kept, from, to) : null, StepsRedone = Math.Max(0, Math.Min(to, highestBefore) - from) };
        var segments = Segments(story, began, Within.Later(began, ended));
        return story with { Segments = segments, Spent = TimeSpent.Of(segments, saves) };
    }

    private Dictionary<string, double> Metrics()
    {
        var newest = new Dictionary<string, double>(StringComparer.Ordinal);
        long? noted = null;
        for (var i = _events.Count - 1; i >= 0 && newest.Count == 0; i--)
        {
            if (_events[i] is Progress { Metrics: { } metrics } progress)
            {
                noted = progress.Step;
                foreach (var (name, value) in metrics)
                    newest[name] = value;
            }
        }

        foreach (var report in journal.LastReports)
        {
            // Of a file that could not be written to its end the journal knows more.
            if (report.Metric is { Length: > 0 } name && !(report.Step < noted && newest.ContainsKey(name)))
                newest[name] = report.Value;
        }

        return newest;
    }

    // Where nobody has gone on yet: what runs loses nothing, else the newest checkpoint is what there is.
    private static long? Kept(StoryAttempt story, long? goneOnFrom, long from, long to)
    {
        if (goneOnFrom is { } later)
            return later;
        if (story.IsRunning || story.End.State == "finished")
            return to;
        if (story.WrapperDecision?.SavedStep is { } said)
            return Within.Count(said);

        // What a program saves by itself is seen when the next attempt begins.
        return story.Saves.Count > 0 ? story.Saves[^1].Step : story.Resumption is null ? null : from;
    }

    private AttemptStarted? Claim()
    {
        AttemptStarted? claim = null;
        foreach (var entry in _events)
        {
            if (entry is AttemptStarted started && (claim is null || started.Command is null))
                claim = started with { Allocation = started.Allocation ?? claim?.Allocation };
        }

        return claim;
    }

    private bool IsCutOff(StoryAttempt story) =>
        end.State is "lost" or "silent" || story.Last<ForcedStop>() is not null || story.Last<RankLost>() is not null
        || (story.WrapperDecision is { Kind: EndKind.Killed or EndKind.Crashed or EndKind.Hung, SavedStep: null } && story.Decision is null);

    // Up to Slurm's start of the job, or to the claim where it does not tell. Slurm tells whole seconds: a job of a chain may have begun in the one in
    // which the attempt before it ended. And a program that is started once more in a job has waited for nothing: the node is held all along.
    private static DateTimeOffset? QueuedSince(StoryAttempt? before, StoryAttempt story, DateTimeOffset began)
    {
        var left = before is { Ended: { } ended, Job: { } job } && job == story.Job ? ended : (DateTimeOffset?)null;
        // A job of a chain is submitted long before it may begin.
        var since = story.Last<Queued>()?.Submitted is { } submitted ? Within.Later(submitted, before?.Ended ?? submitted) : left;
        return since < began ? since : null;
    }

    private DateTimeOffset End(DateTimeOffset? next, DateTimeOffset? deadline)
    {
        var last = _events[0].Time;
        foreach (var entry in _events)
            last = Within.Later(last, entry.Time);
        if (end.State == "running")
            return Within.Later(last, now);
        if (end.State is not ("lost" or "silent"))
            return last;

        // Each by itself: in a copy of the folder the journal's time is the copy's, and what was reported last has its own.
        var believed = last;
        foreach (var sign in (DateTimeOffset[])[journal.Changed, journal.LastReports is [.., var report] ? report.Time : last])
        {
            var isBelieved = next is { } claimed ? sign <= claimed : sign <= now && (sign - last <= BelievedTouch || (deadline is { } limit && sign - limit <= AfterTheDeadline));
            if (isBelieved)
                believed = Within.Later(believed, sign);
        }

        return believed;
    }

    private List<Segment> Segments(StoryAttempt story, DateTimeOffset began, DateTimeOffset ended)
    {
        List<Segment> segments = [];
        var at = story.QueuedSince ?? began;
        Add(Spending.Queued, began);
        if (story is not { FromStep: { } from, ToStep: { } to })
        {
            // Nothing but the start; a last look at a finished run ends at once.
            Add(Spending.Starting, ended);
            return segments;
        }

        Add(Spending.Starting, steps.Began);
        var kept = story.KeptStep ?? to;
        var (lost, last) = (kept < to || story.IsCutOff, steps.TimeOf(kept));
        foreach (var save in story.Saves)
        {
            // The save of the last step that counts was no loss.
            if (lost && save.Step == kept)
                last = Within.Later(last, save.Boundary.AddSeconds(save.StallSeconds));
        }

        if (story.StepsRedone > 0)
            Add(Spending.Redone, steps.TimeOf(Math.Min(kept, from + story.StepsRedone)));
        Add(Spending.Training, story.IsRunning ? ended : last);
        if (lost)
            Add(Spending.Lost, story.IsCutOff ? ended : steps.Ended);
        Add(Spending.Ending, ended);
        return segments;

        void Add(Spending kind, DateTimeOffset until)
        {
            if (until > ended)
                until = ended;
            if (until <= at)
                return;
            segments.Add(new(kind, at, until));
            at = until;
        }
    }
}
