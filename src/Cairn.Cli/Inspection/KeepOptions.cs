using System.CommandLine;
using System.Globalization;

namespace Cairn.Cli.Inspection;

/// <summary>What <c>cairn prune</c> is to keep: the library's retention policies as options.</summary>
internal sealed class KeepOptions
{
    private readonly Option<int?> last = new("--keep-last") { HelpName = "N", Description = "keep the N newest" };
    private readonly Option<long?> every = new("--keep-every") { HelpName = "STEPS", Description = "keep those whose step is a multiple of STEPS" };
    private readonly Option<string[]> lowest = new("--keep-lowest") { HelpName = "METRIC[:N]", Description = "keep the N with the lowest values of a metric that the run noted [1]" };
    private readonly Option<string[]> highest = new("--keep-highest") { HelpName = "METRIC[:N]", Description = "keep the N with the highest values" };

    public IEnumerable<Option> All => [last, every, lowest, highest];

    /// <summary>Reads them.</summary>
    /// <returns>The policy, and the metrics that it asks for.</returns>
    /// <exception cref="UsageException">None is given, or one is out of range.</exception>
    public (RetentionPolicy Policy, IReadOnlyList<string> Metrics) Read(ParseResult parsed)
    {
        var policies = new List<RetentionPolicy>();
        var metrics = new List<string>();
        if (parsed.GetValue(last) is { } count)
            policies.Add(Retention.KeepLast((int)AtLeastOne("--keep-last", count)));
        if (parsed.GetValue(every) is { } steps)
            policies.Add(Retention.KeepEvery(AtLeastOne("--keep-every", steps)));
        Add("--keep-lowest", parsed.GetValue(lowest), MetricGoal.Minimize);
        Add("--keep-highest", parsed.GetValue(highest), MetricGoal.Maximize);
        return policies.Count > 0
            ? (Retention.Any([.. policies]), metrics)
            : throw new UsageException("Say what to keep: --keep-last N, --keep-every STEPS, --keep-lowest METRIC[:N] or --keep-highest METRIC[:N], or several of them.");

        void Add(string option, string[]? values, MetricGoal goal)
        {
            foreach (var value in values ?? [])
            {
                var (metric, number) = Split(option, value);
                policies.Add(Retention.KeepBest(metric, number, goal));
                metrics.Add(metric);
            }
        }
    }

    private static (string Metric, int Count) Split(string option, string value)
    {
        // A metric's own name may have a colon in it.
        var at = value.LastIndexOf(':');
        if (at > 0 && int.TryParse(value.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var count))
            return (value[..at], (int)AtLeastOne(option, count));
        return value.Length > 0 ? (value, 1) : throw new UsageException($"{option} names no metric.");
    }

    private static long AtLeastOne(string option, long number) => number >= 1 ? number : throw new UsageException($"{option} {number}: at least 1.");
}
