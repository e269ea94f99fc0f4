using System.Globalization;

namespace Cairn.Cli.Stories.Reports;

/// <summary>A few metrics in a cell of a table.</summary>
internal static class MetricWords
{
    private const int Most = 3;

    public static string Of(IReadOnlyDictionary<string, double> metrics)
    {
        List<string> words = [];
        foreach (var (name, value) in metrics)
        {
            if (words.Count < Most)
                words.Add(string.Create(CultureInfo.InvariantCulture, $"{name} {value:G4}"));
        }

        return string.Join(", ", words) + (metrics.Count > Most ? $" and {metrics.Count - Most} more" : "");
    }
}
