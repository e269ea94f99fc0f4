using System.Diagnostics.Metrics;

namespace Cairn.Runs;

/// <summary>The meter <c>Cairn</c>, for OpenTelemetry and <c>dotnet-counters</c>.</summary>
internal static class RunMetrics
{
    private static readonly Meter Meter = new("Cairn");

    public static readonly Counter<long> Steps = Meter.CreateCounter<long>("cairn.steps", "{step}", "Completed steps.");

    public static readonly Counter<long> Saves = Meter.CreateCounter<long>("cairn.saves", "{save}", "Durable checkpoints.");

    public static readonly Counter<long> SaveFailures = Meter.CreateCounter<long>("cairn.save.failures", "{save}", "Saves that failed.");

    public static readonly Counter<long> SavedBytes = Meter.CreateCounter<long>("cairn.save.bytes", "By", "Bytes of durable checkpoints.");

    public static readonly Histogram<double> Stall = Meter.CreateHistogram<double>("cairn.save.stall", "s", "Time that the training loop waited for a save.");

    public static readonly Counter<long> Interruptions = Meter.CreateCounter<long>("cairn.interruptions", "{interruption}", "Interruptions, by kind.");
}
