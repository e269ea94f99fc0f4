using Cairn.Attempts;

namespace Cairn.Cli.Stories;

/// <summary>When an attempt stood at which step boundary, as far as its journal tells; in between it is taken to have been even.</summary>
internal sealed class StepLine
{
    private readonly List<long> _ticks = [];
    private readonly List<long> _steps = [];

    private StepLine()
    {
    }

    /// <summary>The step that it went on from; null when it came to none.</summary>
    public long? First => _steps.Count > 0 ? _steps[0] : null;

    /// <summary>The last one that is known.</summary>
    public long? Last => _steps.Count > 0 ? _steps[^1] : null;

    /// <summary>When it began with its steps.</summary>
    public DateTimeOffset Began => new(_ticks[0], TimeSpan.Zero);

    /// <summary>When the last one that is known was done.</summary>
    public DateTimeOffset Ended => new(_ticks[^1], TimeSpan.Zero);

    /// <summary>Of a run's journals, the oldest first.</summary>
    public static StepLine[] OfAll(IReadOnlyList<Inspection.FoundJournal> journals)
    {
        var lines = new StepLine[journals.Count];
        var (saved, isJustNow) = (0L, false);
        for (var i = 0; i < journals.Count; i++)
        {
            lines[i] = Of(journals[i], saved, isJustNow);
            (saved, isJustNow) = SavedBy(journals[i].Story) is { } said ? (said, true) : (saved, false);
        }

        return lines;
    }

    // That of cairn run does not say where the program went on: it reports its steps, each or one of many, and what the attempt before has saved at its stop is known.
    private static StepLine Of(Inspection.FoundJournal journal, long before, bool isJustNow)
    {
        var line = new StepLine();
        if (journal.FirstReport is { } first)
            line.Add(first.Time == default && journal.Story.Claim is { } began ? began.Time : first.Time, isJustNow ? Math.Min(before, first.Step - 1) : first.Step - 1, isStart: true);
        else if (journal.Story.Claim is { Command: not null } claim && journal.Story.Events.Any(entry => entry is Progress or ProgramEnded { SavedStep: not null }) && !journal.Story.Events.Any(entry => entry is Resumed))
            line.Add(claim.Time, before, isStart: true);
        foreach (var entry in journal.Story.Events)
        {
            switch (entry)
            {
                case Resumed resumed:
                    line.Add(resumed.Time, resumed.Step, isStart: true);
                    break;
                case Progress progress:
                    line.Add(progress.Time, progress.Step);
                    break;
                case Saved saved:
                    line.Add(StorySave.Of(saved).Boundary, saved.Step);
                    break;
                case Stopped stopped:
                    line.Add(stopped.Time, stopped.Step);
                    break;
                case ProgramEnded { SavedStep: { } step } ended:
                    line.Add(ended.Time, step);
                    break;
                case Finished finished:
                    line.Add(finished.Time, finished.Step);
                    break;
                case AttemptEnded { Outcome: not Inspection.Rollback.Outcome } ended:
                    line.Add(ended.Time, ended.Step);
                    break;
            }
        }

        if (journal.LastReports is [.., var report])
            line.Add(report.Time, report.Step);
        return line;
    }

    /// <summary>When a step was done.</summary>
    public DateTimeOffset TimeOf(long step)
    {
        for (var i = 0; i < _steps.Count; i++)
        {
            if (_steps[i] < step)
                continue;
            if (i == 0 || _steps[i] == step)
                return new(_ticks[i], TimeSpan.Zero);
            var share = (double)(step - _steps[i - 1]) / (_steps[i] - _steps[i - 1]);
            return new(_ticks[i - 1] + (long)(share * (_ticks[i] - _ticks[i - 1])), TimeSpan.Zero);
        }

        return Ended;
    }

    /// <summary>Steps a second over the newest of what is known, with all that came between them; null where too little is.</summary>
    public double? NewestRate()
    {
        const int newest = 10;
        var from = Math.Max(0, _steps.Count - newest);
        if (_steps.Count - from < 2 || _ticks[^1] == _ticks[from])
            return null;
        return (_steps[^1] - _steps[from]) / new TimeSpan(_ticks[^1] - _ticks[from]).TotalSeconds;
    }

    private static long? SavedBy(AttemptStory attempt)
    {
        for (var i = attempt.Events.Count - 1; i >= 0; i--)
        {
            if (attempt.Events[i] is ProgramEnded { SavedStep: { } step })
                return Within.Count(step);
        }

        return null;
    }

    // Neither steps nor time go back within an attempt; a clock that was set does not make them.
    private void Add(DateTimeOffset time, long step, bool isStart = false)
    {
        step = Within.Count(step);
        if (_steps.Count == 0)
        {
            if (!isStart)
                return;
        }
        else if (step <= _steps[^1])
        {
            return;
        }

        _ticks.Add(_ticks.Count == 0 ? time.UtcTicks : Math.Max(time.UtcTicks, _ticks[^1]));
        _steps.Add(step);
    }
}
