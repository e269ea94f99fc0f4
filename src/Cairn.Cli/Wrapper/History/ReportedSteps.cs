using System.Text;
using Cairn.Attempts;

namespace Cairn.Cli.Wrapper.History;

/// <summary>
/// What a program reports into the file that CAIRN_REPORTS names, a line a value in the form of docs/metrics.md, as far as the journal tells
/// of it: the newest step and values, once a minute.
/// </summary>
/// <remarks>Only the end of the file is read. It is the program's: nothing in it is believed but numbers, and it may be anything.</remarks>
internal sealed class ReportedSteps(string path, TimeProvider time)
{
    private const int End = 32 << 10;
    private const int MostMetrics = 100;

    private readonly Lock _gate = new();
    private long? _step;
    private DateTimeOffset _at;

    /// <summary>What is new since the last look, null when nothing is. It never throws.</summary>
    public Progress? Look()
    {
        try
        {
            return new FileInfo(path) is { Exists: true, LinkTarget: null, Length: > 0 } ? Of(ReadEnd()) : null; // a pipe has no length
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // looked at again in a minute
        }
    }

    private Progress? Of(string lines)
    {
        lock (_gate)
            return Newest(lines);
    }

    private Progress? Newest(string lines)
    {
        long? step = null, planned = null;
        var before = _step is { } last ? (Step: last, At: _at) : ((long Step, DateTimeOffset At)?)null;
        DateTimeOffset at = default;
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var line in lines.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var bytes = Encoding.UTF8.GetBytes(line);
            if (MetricReport.ReadStep(bytes) is not { } told)
                continue;
            (step, planned, at) = (told.Step, told.Total ?? planned, told.Time == default ? time.GetUtcNow() : told.Time);
            before ??= (told.Step, at);
            if (MetricReport.Read(bytes) is { } report && (values.Count < MostMetrics || values.ContainsKey(report.Metric)))
                values[report.Metric] = report.Value;
        }

        if (step is null || step == _step)
            return null;
        var (steps, seconds) = (step.Value - before!.Value.Step, (at - before.Value.At).TotalSeconds);
        (_step, _at) = (step, at);
        var (counted, mean) = steps > 0 && seconds > 0 ? (steps, seconds / steps) : (0, 0);
        return new(time.GetUtcNow(), step.Value, counted, mean, 0, mean, values.Count > 0 ? values : null, 0, planned);
    }

    private string ReadEnd()
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var length = RandomAccess.GetLength(file);
        var bytes = new byte[Math.Min(length, End)];
        var text = Encoding.UTF8.GetString(bytes, 0, RandomAccess.Read(file, bytes, length - bytes.Length));

        // Whole lines: the first may be cut by the border, the last may be half written.
        var from = length > End ? text.IndexOf('\n') + 1 : 0;
        return text[from..(Math.Max(from, text.LastIndexOf('\n') + 1))];
    }
}
