using System.Globalization;
using System.Text;
using Saves.Measuring;

namespace Saves.Reports;

/// <summary>The picture for the docs: how long training waits, and every ratio beside its goal.</summary>
internal static class Picture
{
    private const int Left = 420;
    private const int Width = 1000;
    private const int PlotWidth = Width - Left - 160;
    private const int Row = 24;
    private const string Waits = "the loop waits: ";
    private const string Blue = "#2a7ab0";
    private const string Orange = "#d08a3c";
    private const string Grey = "#999999";

    public static string Of(IReadOnlyList<Section> sections)
    {
        var bars = sections.Where(section => section.Series.Any(series => series.Name.Contains("TorchSharp", StringComparison.Ordinal)))
            .SelectMany(section => section.Series).Where(series => series.Name.StartsWith(Waits, StringComparison.Ordinal) || series.Name.StartsWith("limit: copy", StringComparison.Ordinal)).ToList();
        var ratios = sections.SelectMany(section => section.Ratios).Where(ratio => ratio.Goal is not null).ToList();
        var body = new StringBuilder();
        var y = bars.Count > 0 ? AppendBars(body, bars, 12) : 12;
        if (ratios.Count > 0)
            y = AppendRatios(body, ratios, y);
        return new StringBuilder()
            .AppendLine(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{Width}\" height=\"{y}\" viewBox=\"0 0 {Width} {y}\" font-family=\"sans-serif\" font-size=\"13\">")
            .AppendLine(CultureInfo.InvariantCulture, $"<rect width=\"{Width}\" height=\"{y}\" fill=\"white\"/>")
            .Append(body).AppendLine("</svg>").ToString();
    }

    /// <summary>Bars on a scale of powers of ten. Returns where the next thing begins.</summary>
    private static int AppendBars(StringBuilder text, List<Series> bars, int top)
    {
        Heading(text, top, "How long training waits for a save (logarithmic)");
        var (least, most) = (Math.Log10(bars.Min(one => one.Median)) - 0.3, Math.Log10(bars.Max(one => one.Median)));
        var y = top + 28;
        foreach (var bar in bars)
        {
            var length = (Math.Log10(bar.Median) - least) / (most - least) * PlotWidth;
            var colour = bar.Name.Contains("Cairn", StringComparison.Ordinal) ? Blue : bar.Name.StartsWith("limit", StringComparison.Ordinal) ? Grey : Orange;
            Label(text, y, bar.Name.StartsWith(Waits, StringComparison.Ordinal) ? bar.Name[Waits.Length..] : bar.Name);
            text.AppendLine(CultureInfo.InvariantCulture, $"<rect x=\"{Left}\" y=\"{y}\" width=\"{length:0.0}\" height=\"16\" fill=\"{colour}\"/>");
            Value(text, Left + length + 6, y, $"{bar.Median * 1e3:0.#} ms");
            y += Row;
        }

        return y + 16;
    }

    /// <summary>Each ratio as so many times its goal, to the right of the line where it is reached; the middle half of the rounds as a stroke.</summary>
    private static int AppendRatios(StringBuilder text, List<Ratio> ratios, int top)
    {
        Heading(text, top, "Goals: reached to the right of the line (logarithmic; the stroke is the middle half of the rounds)");
        var y = top + 28;
        var middle = Left + (PlotWidth / 2);
        text.AppendLine(CultureInfo.InvariantCulture, $"<line x1=\"{middle}\" x2=\"{middle}\" y1=\"{y - 4}\" y2=\"{y + (ratios.Count * Row)}\" stroke=\"{Grey}\"/>");
        foreach (var ratio in ratios)
        {
            var goal = ratio.Goal!;
            var (lower, upper) = Quantiles.Quartiles(ratio.Values);
            var (from, to, at) = (Place(goal, lower), Place(goal, upper), Place(goal, ratio.Median));
            var colour = ratio.Verdict switch { Verdict.Reached => Blue, Verdict.Missed => Orange, _ => Grey };
            Label(text, y, ratio.Name);
            text.AppendLine(CultureInfo.InvariantCulture, $"<line x1=\"{from:0.0}\" x2=\"{to:0.0}\" y1=\"{y + 8}\" y2=\"{y + 8}\" stroke=\"{colour}\" stroke-width=\"3\"/><circle cx=\"{at:0.0}\" cy=\"{y + 8}\" r=\"5\" fill=\"{colour}\"/>");
            Value(text, Left + PlotWidth + 12, y, $"{TextReport.Words(ratio.Median)} ({(goal.AtMost ? "at most" : "at least")} {TextReport.Words(goal.Value)})");
            y += Row;
        }

        return y + 8;
    }

    // A factor of four to either side fills the plot.
    private static double Place(Goal goal, double ratio)
    {
        var times = goal.AtMost ? goal.Value / Math.Max(ratio, goal.Value / 4) : ratio / goal.Value;
        return Left + (PlotWidth / 2d * (1 + Math.Clamp(Math.Log(times, 4), -1, 1)));
    }

    private static void Heading(StringBuilder text, int y, string words) =>
        text.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"12\" y=\"{y + 13}\" font-weight=\"bold\">{words}</text>");

    private static void Label(StringBuilder text, int y, string words) =>
        text.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{Left - 8}\" y=\"{y + 13}\" text-anchor=\"end\">{words}</text>");

    private static void Value(StringBuilder text, double x, int y, string words) =>
        text.AppendLine(CultureInfo.InvariantCulture, $"<text x=\"{x:0.0}\" y=\"{y + 13}\">{words}</text>");
}
