using System.Diagnostics.Metrics;
using Cairn.Attempts;

namespace Cairn.Runs;

/// <summary>
/// A run's measurements on the meter <c>Cairn</c>, for OpenTelemetry and <c>dotnet-counters</c>. Each carries the run's folder, for a
/// process may have several runs. The table in docs/metrics.md lists them; without a listener none costs more than a look.
/// </summary>
/// <param name="folder">The run's checkpoint folder.</param>
internal sealed class RunMetrics(string folder) : IDisposable
{
    private static readonly Meter Meter = new("Cairn", CairnVersion.Text);
    private static readonly Lock Gate = new();
    private static readonly List<RunMetrics> Live = [];

    private static readonly Counter<long> Steps = Meter.CreateCounter<long>("cairn.steps", "{step}", "Completed steps.");

    private static readonly Histogram<double> StepDuration = Meter.CreateHistogram(
        "cairn.step.duration", "s", "Time from one step boundary to the next.", tags: null, Buckets(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300));

    private static readonly Counter<long> LostSteps = Meter.CreateCounter<long>(
        "cairn.steps.lost", "{step}", "Steps that the attempt before is known to have done and that are done again.");

    private static readonly Counter<long> Saves = Meter.CreateCounter<long>("cairn.saves", "{save}", "Durable checkpoints.");

    private static readonly Counter<long> SaveFailures = Meter.CreateCounter<long>("cairn.save.failures", "{save}", "Saves that failed.");

    private static readonly Counter<long> SkippedSaves = Meter.CreateCounter<long>(
        "cairn.save.skipped", "{save}", "Saves that were due and left out, because another one was still being written.");

    private static readonly Counter<long> SavedBytes = Meter.CreateCounter<long>("cairn.save.bytes", "By", "Bytes of durable checkpoints.");

    private static readonly Histogram<double> Stall = Meter.CreateHistogram(
        "cairn.save.stall", "s", "Time that the training loop waited for a save.", tags: null, Buckets(0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60));

    private static readonly Histogram<double> SaveDuration = Meter.CreateHistogram(
        "cairn.save.duration", "s", "Time from the step boundary to the durable checkpoint.", tags: null, Buckets(0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 20, 60, 120, 300, 600));

    private static readonly Counter<long> Interruptions = Meter.CreateCounter<long>("cairn.interruptions", "{interruption}", "What wanted the run to stop, by kind.");

    private static readonly Gauge<double> Reported = Meter.CreateGauge<double>("cairn.metric", unit: null, "The newest value of a metric that the program reported.");

    private readonly KeyValuePair<string, object?> folder = new("cairn.folder", folder);
    private Func<long> stepsDone = null!;
    private Func<long> stepsDurable = null!;
    private Func<TimeSpan?> left = null!;

    static RunMetrics()
    {
        Meter.CreateObservableGauge("cairn.run.step", () => Observe<long>(run => run.stepsDone()), "{step}", "Completed steps of the whole run, all attempts together.");
        Meter.CreateObservableGauge(
            "cairn.run.unsaved_steps", () => Observe<long>(run => Math.Max(0, run.stepsDone() - run.stepsDurable())), "{step}", "Steps that would be lost if the process were killed now.");
        Meter.CreateObservableGauge("cairn.run.time_left", () => Observe<double>(run => run.left()?.TotalSeconds), "s", "Time until the job's end; absent while none is known.");
    }

    /// <summary>From now on, until the run's end, the gauges show where it stands. They ask on any thread.</summary>
    /// <param name="stepsDone">Its completed steps.</param>
    /// <param name="stepsDurable">Those of its newest durable checkpoint.</param>
    /// <param name="left">The time until the job's end; null when that is not known.</param>
    public void Show(Func<long> stepsDone, Func<long> stepsDurable, Func<TimeSpan?> left)
    {
        this.stepsDone = stepsDone;
        this.stepsDurable = stepsDurable;
        this.left = left;
        lock (Gate)
            Live.Add(this);
    }

    /// <summary>Steps were completed.</summary>
    public void StepsDone(long count)
    {
        if (Steps.Enabled)
            Steps.Add(count, folder);
    }

    /// <summary>Whether somebody asks how long steps take.</summary>
    public static bool WantsStepDuration => StepDuration.Enabled;

    /// <summary>A step was completed.</summary>
    public void StepTook(TimeSpan time) => StepDuration.Record(time.TotalSeconds, folder);

    /// <summary>The run goes on from here: what attempts before did beyond it is done again.</summary>
    public void Resumed(long step, IReadOnlyList<AttemptStory> before)
    {
        for (var i = before.Count - 1; LostSteps.Enabled && i >= 0; i--)
        {
            if (!before[i].Events.OfType<Resumed>().Any() || before[i].LastStep is not { } last)
                continue;
            if (last > step)
                LostSteps.Add(last - step, folder);
            return;
        }
    }

    /// <summary>The loop waited for a save.</summary>
    public void Stalled(TimeSpan time) => Stall.Record(time.TotalSeconds, folder);

    /// <summary>A checkpoint is durable.</summary>
    public void Saved(long bytes, TimeSpan duration)
    {
        Saves.Add(1, folder);
        SavedBytes.Add(bytes, folder);
        SaveDuration.Record(duration.TotalSeconds, folder);
    }

    /// <summary>A save failed.</summary>
    public void SaveFailed() => SaveFailures.Add(1, folder);

    /// <summary>A save was left out.</summary>
    public void SaveSkipped() => SkippedSaves.Add(1, folder);

    /// <summary>Something wants the run to stop.</summary>
    public void Interrupted(string kind) => Interruptions.Add(1, folder, new("cairn.interruption.kind", kind));

    /// <summary>The program reported a value.</summary>
    public void WasReported(string metric, double value)
    {
        if (Reported.Enabled)
            Reported.Record(value, folder, new("cairn.metric.name", metric));
    }

    public void Dispose()
    {
        lock (Gate)
            Live.Remove(this);
    }

    private static InstrumentAdvice<double> Buckets(params double[] boundaries) => new() { HistogramBucketBoundaries = boundaries };

    private static List<Measurement<T>> Observe<T>(Func<RunMetrics, T?> value)
        where T : struct
    {
        lock (Gate)
        {
            var measurements = new List<Measurement<T>>(Live.Count);
            foreach (var run in Live)
            {
                if (value(run) is { } known)
                    measurements.Add(new(known, run.folder));
            }

            return measurements;
        }
    }
}
