namespace Cairn.Cli.Stories.Reports;

/// <summary>What has changed since runs were looked at last, a line each: for a log.</summary>
internal sealed class WatchedRuns
{
    private Dictionary<string, string> _before = new(StringComparer.Ordinal);
    private HashSet<string> _remarked = new(StringComparer.Ordinal);

    /// <summary>The lines that differ from those of last time, and of what is there no more.</summary>
    public IReadOnlyList<string> Of(IReadOnlyList<RunStatus> runs, IReadOnlyList<string> remarks, DateTimeOffset now)
    {
        List<string> lines = [];
        var told = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var run in runs)
        {
            var (name, line) = (run.Folder ?? $"job {run.Job}", StatusReport.Line(run, now));
            if (_before.GetValueOrDefault(name) != line)
                lines.Add(line);
            told[name] = line;
        }

        foreach (var name in _before.Keys)
        {
            if (!told.ContainsKey(name))
                lines.Add($"{name}: is not there any more");
        }

        HashSet<string> remarked = new(remarks, StringComparer.Ordinal);
        foreach (var remark in remarked)
        {
            if (!_remarked.Contains(remark))
                lines.Add(remark);
        }

        (_before, _remarked) = (told, remarked);
        return lines;
    }
}
