using System.Globalization;
using System.Text;
using Saves.Measuring;

namespace Saves.Reports;

/// <summary>Markdown tables, to be read as they are or put into the docs.</summary>
internal static class TextReport
{
    public static string Of(Section section)
    {
        var text = new StringBuilder().AppendLine().AppendLine(CultureInfo.InvariantCulture, $"### {section.Title}").AppendLine();
        if (section.Rounds is { } rounds)
            text.AppendLine(CultureInfo.InvariantCulture, $"{rounds.Load.Count} interleaved rounds; median [quartiles]; load average {rounds.Load.Min():0.0} to {rounds.Load.Max():0.0}; noise {Quantiles.Spread(rounds.Noise.Seconds):P0}").AppendLine();
        if (section.Series.Count > 0)
            AppendSeries(text, section.Series);
        if (section.Ratios.Count > 0)
            AppendRatios(text, section.Ratios);
        if (section.Lines.Count > 0)
            AppendLines(text, section.Lines);
        foreach (var note in section.Notes)
            text.AppendLine(CultureInfo.InvariantCulture, $"- {note}");
        return text.ToString();
    }

    /// <summary>A ratio's median, and its goal, in words.</summary>
    public static string Words(double ratio) => ratio.ToString(Math.Abs(ratio) < 0.1 ? "0.000" : Math.Abs(ratio) < 10 ? "0.00" : "0.0");

    private static void AppendSeries(StringBuilder text, IReadOnlyList<Series> all)
    {
        text.AppendLine("| | ms | | GB/s |").AppendLine("|---|--:|:--|--:|");
        foreach (var series in all)
        {
            var (lower, upper) = Quantiles.Quartiles(series.Seconds);
            var rate = series.Bytes is { } bytes ? (bytes / series.Median / 1e9).ToString("0.00") : "";
            text.AppendLine(CultureInfo.InvariantCulture, $"| {series.Name} | {series.Median * 1e3:0.0} | [{lower * 1e3:0.0}, {upper * 1e3:0.0}] | {rate} |");
        }

        text.AppendLine();
    }

    private static void AppendRatios(StringBuilder text, IReadOnlyList<Ratio> all)
    {
        text.AppendLine("| ratio | measured | | goal | |").AppendLine("|---|--:|:--|--:|---|");
        foreach (var ratio in all)
        {
            var (lower, upper) = Quantiles.Quartiles(ratio.Values);
            var goal = ratio.Goal is { } wanted ? $"{(wanted.AtMost ? "≤" : "≥")} {Words(wanted.Value)}" : "";
            var verdict = ratio.Verdict?.ToString().ToLowerInvariant();
            text.AppendLine(CultureInfo.InvariantCulture, $"| {ratio.Name} | {Words(ratio.Median)} | [{Words(lower)}, {Words(upper)}] | {goal} | {verdict} |");
        }

        text.AppendLine();
    }

    private static void AppendLines(StringBuilder text, IReadOnlyList<Line> all)
    {
        text.AppendLine("| least squares | ms for every one | ms a GB | GB/s | the worst point is off by |").AppendLine("|---|--:|--:|--:|--:|");
        foreach (var line in all)
            text.AppendLine(CultureInfo.InvariantCulture, $"| {line.Name} | {line.Intercept * 1e3:0.0} | {line.Slope * 1e12:0} | {1 / line.Slope / 1e9:0.00} | {line.WorstMiss:P0} |");
        text.AppendLine();
    }
}
