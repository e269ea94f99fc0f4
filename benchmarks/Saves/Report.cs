using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Saves;

/// <summary>The table for people, the JSON for programs, and the picture for the docs.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Table(long bytes, IReadOnlyList<(Series Stall, Series Durable)> saves, IReadOnlyList<Series> limits, Series noise)
    {
        var text = new StringBuilder();
        var copy = limits[0].Median;
        text.AppendLine(CultureInfo.InvariantCulture, $"state {bytes / 1e6:0} MB, {saves[0].Stall.Seconds.Count} interleaved rounds; median [quartiles]; noise of this machine {100 * (noise.UpperQuartile - noise.LowerQuartile) / noise.Median:0} %");
        text.AppendLine(CultureInfo.InvariantCulture, $"{"",-32} {"the loop waits, ms",24} {"x copy",8} {"until durable, ms",24} {"GB/s",7}");
        foreach (var (stall, durable) in saves)
            text.AppendLine(CultureInfo.InvariantCulture, $"{stall.Name,-32} {Spread(stall),24} {stall.Median / copy,8:0.0} {Spread(durable),24} {bytes / durable.Median / 1e9,7:0.00}");
        foreach (var limit in limits)
            text.AppendLine(CultureInfo.InvariantCulture, $"{"limit: " + limit.Name,-57} {"",8} {Spread(limit),24} {bytes / limit.Median / 1e9,7:0.00}");
        return text.ToString();
    }

    public static string Json(long bytes, IReadOnlyList<(Series Stall, Series Durable)> saves, IReadOnlyList<Series> limits, Series noise) => JsonSerializer.Serialize(
        new
        {
            bytes,
            processors = Environment.ProcessorCount,
            noise = noise.Seconds,
            saves = saves.Select(save => new { name = save.Stall.Name, stall_seconds = save.Stall.Seconds, durable_seconds = save.Durable.Seconds }),
            limits = limits.Select(limit => new { name = limit.Name, seconds = limit.Seconds }),
        },
        Indented);

    /// <summary>Bars of how long the loop waits, on a scale of powers of ten.</summary>
    public static string Picture(IReadOnlyList<(Series Stall, Series Durable)> saves, Series copy)
    {
        const int left = 230, width = 700, row = 28;
        var rows = saves.Select(save => save.Stall).Append(copy).ToList();
        var (least, most) = (Math.Log10(rows.Min(one => one.Median)) - 0.3, Math.Log10(rows.Max(one => one.Median)) + 0.3);
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width + 90}\" height=\"{(rows.Count * row) + 40}\" font-family=\"sans-serif\" font-size=\"13\">");
        text.AppendLine("<text x=\"10\" y=\"20\" font-weight=\"bold\">How long training waits for a save (logarithmic)</text>");
        for (var i = 0; i < rows.Count; i++)
        {
            var y = 36 + (i * row);
            var length = (Math.Log10(rows[i].Median) - least) / (most - least) * (width - left);
            var colour = rows[i].Name.StartsWith("Cairn", StringComparison.Ordinal) ? "#2a7ab0" : i == rows.Count - 1 ? "#999999" : "#d08a3c";
            text.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{left - 8}\" y=\"{y + 14}\" text-anchor=\"end\">{rows[i].Name}</text><rect x=\"{left}\" y=\"{y}\" width=\"{length:0.0}\" height=\"18\" fill=\"{colour}\"/><text x=\"{left + length + 6:0.0}\" y=\"{y + 14}\">{rows[i].Median * 1000:0.#} ms</text>");
        }

        return text.AppendLine("</svg>").ToString();
    }

    private static string Spread(Series series) => string.Create(CultureInfo.InvariantCulture, $"{series.Median * 1000:0.0} [{series.LowerQuartile * 1000:0.0}, {series.UpperQuartile * 1000:0.0}]");
}
