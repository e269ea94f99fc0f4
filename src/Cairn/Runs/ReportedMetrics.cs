using Cairn.Attempts;

namespace Cairn.Runs;

/// <summary>
/// What the program reports. A value belongs to the state at the end of the step in which it was reported: the checkpoint of
/// that step carries it, and no other. Any thread may report, whatever the run is doing meanwhile: one that watches the machine, say.
/// </summary>
/// <param name="watched">The metrics by which retention chooses: a step with one of them must be saved, or it could not be kept.</param>
/// <param name="file">Where every report is written down; null where this process is not the one to do so.</param>
/// <param name="time">The clock.</param>
internal sealed class ReportedMetrics(IReadOnlyCollection<string> watched, MetricsFile? file, TimeProvider time)
{
    // A report a step is a mistake that costs much time, for each waits for the save before it; a few may be meant.
    private const int TooManyInARow = 10;
    private readonly Lock gate = new();
    private readonly Dictionary<string, double> ofStep = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> newest = new(StringComparer.Ordinal);
    private readonly List<MetricReport> unwritten = [];
    private (long Step, Dictionary<string, double> Values)? before;
    private int inARow;

    /// <summary>The values of the step that ends here, or goes on.</summary>
    public IReadOnlyDictionary<string, double> OfStep
    {
        get
        {
            lock (gate)
                return new Dictionary<string, double>(ofStep, StringComparer.Ordinal);
        }
    }

    /// <summary>The newest values, whenever they were reported; null when there are none.</summary>
    public IReadOnlyDictionary<string, double>? Newest
    {
        get
        {
            lock (gate)
                return newest.Count == 0 ? null : new Dictionary<string, double>(newest, StringComparer.Ordinal);
        }
    }

    /// <summary>Whether the step that ends here must be saved because of what was reported in it.</summary>
    public bool MakeSaveDue { get; private set; }

    /// <summary>Whether the step had any.</summary>
    public bool Any => ofStep.Count > 0;

    /// <summary>Takes a value.</summary>
    /// <param name="metric">Its name.</param>
    /// <param name="value">The value; NaN is never the best, so nothing is saved for it.</param>
    /// <param name="belongsToStep">Whether a checkpoint of the step can still carry it.</param>
    public void Report(string metric, double value, bool belongsToStep)
    {
        lock (gate)
        {
            newest[metric] = value;
            if (file is not null)
                unwritten.Add(new MetricReport(0, metric, value, time.GetUtcNow()));
            if (!belongsToStep)
                return;
            ofStep[metric] = value;
            MakeSaveDue |= IsWatched(metric) && !double.IsNaN(value);
        }
    }

    /// <summary>
    /// Writes down what was reported since the last time: only here it is known to which step it belongs. Before that step is saved, or
    /// another attempt could go on behind it without.
    /// </summary>
    public void WriteDown(long step)
    {
        // Every step comes here: without the lock, and without the closure, where nothing was reported. What is just being reported is written the next time.
        if (unwritten.Count > 0)
            WriteUnwritten(step);
    }

    /// <summary>Hands to the system what was written down, so that the end of the process does not take it.</summary>
    public void Flush() => file?.Flush();

    /// <summary>Whether retention goes by it.</summary>
    public bool IsWatched(string metric) => watched.Contains(metric);

    /// <summary>
    /// In a loop of one's own the values belong to the step that is saved now. A save of a step behind its boundary, or once more since the
    /// one before failed, carries what was reported by then, too.
    /// </summary>
    public void BelongTo(long step)
    {
        if (before is not { } earlier || earlier.Step != step)
            return;
        lock (gate)
        {
            foreach (var (metric, value) in earlier.Values)
                ofStep.TryAdd(metric, value);
        }
    }

    /// <summary>The next step begins, with no values yet.</summary>
    /// <param name="step">Completed steps: those whose values these were.</param>
    /// <returns>True once, when a watched metric was reported in so many steps in a row that it looks like a mistake.</returns>
    public bool NextStep(long step)
    {
        lock (gate)
        {
            inARow = MakeSaveDue ? inARow + 1 : 0;
            if (Any)
                before = (step, new(ofStep, StringComparer.Ordinal));
            ofStep.Clear();
            MakeSaveDue = false;
            return inARow == TooManyInARow;
        }
    }

    // Not under the lock: a user's logger may be told of a failure, and may report itself.
    private void WriteUnwritten(long step) => file!.Add(() => Take(step));

    private MetricReport[] Take(long step)
    {
        lock (gate)
        {
            MetricReport[] reports = [.. unwritten.Select(report => report with { Step = step })];
            unwritten.Clear();
            return reports;
        }
    }
}
