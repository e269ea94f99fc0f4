using System.Globalization;
using System.Text;

namespace Cairn.Cli.Stories.Reports;

/// <summary>Where runs stand in Prometheus's text form, for a node exporter's textfile collector. docs/status.md lists the names.</summary>
internal sealed class PrometheusText
{
    private readonly StringBuilder _text = new();

    public static string Of(IReadOnlyList<RunStatus> runs)
    {
        var text = new PrometheusText();
        text.Add(runs, "cairn_run_state", "In which state a run is: 1 for that of the label.", run => 1, run => $",state=\"{Escaped(run.State)}\"");
        text.Add(runs, "cairn_run_well", "Whether nothing is wrong with a run.", run => run.Problems.Count == 0 ? 1 : 0);
        text.Add(runs, "cairn_run_attempt", "The newest attempt's number.", run => run.Attempt);
        text.Add(runs, "cairn_run_step", "Completed steps.", run => run.Story.Newest?.ToStep ?? run.Story.Step);
        text.Add(runs, "cairn_run_planned_steps", "The steps of the whole run.", run => run.Story.Planned);
        text.Add(runs, "cairn_run_steps_per_second", "Steps a second at the end of what is known.", run => run.StepsPerSecond);
        text.Add(runs, "cairn_run_remaining_seconds", "How long the steps that are left take at that rate.", run => run.SecondsLeft);
        text.Add(runs, "cairn_run_checkpoint_step", "The newest checkpoint's step.", run => run.CheckpointStep);
        text.Add(runs, "cairn_run_checkpoint_timestamp_seconds", "When the newest checkpoint was saved.", run => Unix(run.CheckpointTime));
        text.Add(runs, "cairn_run_deadline_timestamp_seconds", "When the running attempt ends at the latest.", run => Unix(run.Deadline));
        text.Add(runs, "cairn_run_failed_saves", "Saves of the newest attempt that failed.", run => run.Story.Newest?.FailedSaves.Count);
        text.AddMetrics(runs);
        return text._text.ToString();
    }

    private void Add(IReadOnlyList<RunStatus> runs, string name, string help, Func<RunStatus, double?> value, Func<RunStatus, string>? label = null)
    {
        Head(name, help);
        foreach (var run in runs)
        {
            if (value(run) is { } known)
                Line(run, name, label?.Invoke(run) ?? "", known);
        }
    }

    private void AddMetrics(IReadOnlyList<RunStatus> runs)
    {
        const string name = "cairn_run_metric";
        Head(name, "The newest value that the program reported.");
        foreach (var run in runs)
        {
            foreach (var (metric, value) in run.Metrics)
                Line(run, name, $",metric=\"{Escaped(metric)}\"", value);
        }
    }

    private void Head(string name, string help) => _text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n");

    private void Line(RunStatus run, string name, string label, double value) =>
        _text.Append(CultureInfo.InvariantCulture, $"{name}{{folder=\"{Escaped(run.Folder ?? "")}\",job=\"{Escaped(run.Job ?? "")}\"{label}}} {Number(value)}\n");

    private static string Number(double value) =>
        double.IsNaN(value) ? "NaN" : double.IsInfinity(value) ? (value > 0 ? "+Inf" : "-Inf") : value.ToString("R", CultureInfo.InvariantCulture);

    private static double? Unix(DateTimeOffset? time) => time is { } known ? (known - DateTimeOffset.UnixEpoch).TotalSeconds : null;

    // The three that the form escapes; other control characters make a collector's log unreadable, and are shown as they are elsewhere.
    private static string Escaped(string text) =>
        Printable.Of(text, keepsLines: true).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
