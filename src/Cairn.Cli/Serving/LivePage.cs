using Cairn.Cli.Stories;
using Cairn.Cli.Stories.Pages;

namespace Cairn.Cli.Serving;

/// <summary>The report of runs as it is now. However many ask for it, the journals are read once in a while.</summary>
/// <param name="words">Jobs and folders.</param>
/// <param name="clock">By which.</param>
internal sealed class LivePage(IReadOnlyList<string> words, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(3);

    private readonly Lock _gate = new();
    private string? _page;
    private long _made;

    /// <summary>The page.</summary>
    /// <exception cref="UsageException">There is nothing to show.</exception>
    public string Now()
    {
        lock (_gate)
        {
            if (_page is not null && clock.GetElapsedTime(_made) < Fresh)
                return _page;
            var now = clock.GetUtcNow();
            var (runs, remarks) = ReportedRun.Read(RunSearch.Find(words), now);
            if (runs.Count == 0)
                throw new UsageException($"There is no run yet: {string.Join("; ", remarks)}.");
            (_page, _made) = (ReportPage.Of(runs, remarks, now), clock.GetTimestamp());
            return _page;
        }
    }
}
