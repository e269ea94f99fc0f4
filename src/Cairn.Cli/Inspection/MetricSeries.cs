namespace Cairn.Cli.Inspection;

/// <summary>One metric over the whole run.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Points">Its values, in the order in which they were reported; at least one.</param>
internal sealed record MetricSeries(string Name, IReadOnlyList<MetricPoint> Points)
{
    /// <summary>The metrics of a run, by name.</summary>
    /// <param name="found">What was reported.</param>
    /// <param name="wanted">Their names; empty for all.</param>
    /// <exception cref="UsageException">One of them was never reported.</exception>
    public static IReadOnlyList<MetricSeries> Of(FoundMetrics found, IReadOnlyCollection<string> wanted)
    {
        var points = new Dictionary<string, List<MetricPoint>>(StringComparer.Ordinal);
        foreach (var (attempt, report) in found.History.Reports)
        {
            if (!points.TryGetValue(report.Metric, out var series))
                points[report.Metric] = series = [];
            series.Add(new(attempt, report.Step, report.Value, report.Time));
        }

        if (wanted.FirstOrDefault(name => !points.ContainsKey(name)) is { } unknown)
            throw new UsageException($"{unknown} was never reported{(points.Count == 0 ? ", and nothing else was." : $"; there are {string.Join(", ", points.Keys.Order(StringComparer.Ordinal))}.")}");
        return [.. points.Where(one => wanted.Count == 0 || wanted.Contains(one.Key)).OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => new MetricSeries(one.Key, one.Value))];
    }
}

/// <summary>One value of a metric.</summary>
/// <param name="Attempt">The attempt that reported it.</param>
/// <param name="Step">Completed steps of the state that it belongs to.</param>
/// <param name="Value">The value.</param>
/// <param name="Time">When it was reported, UTC.</param>
internal sealed record MetricPoint(int Attempt, long Step, double Value, DateTimeOffset Time);
