using System.Globalization;
using System.Text;
using Cairn.Cli.Inspection;

namespace Cairn.Cli.Stories.Pages;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Points">By step; what is not finite breaks it.</param>
internal sealed record ChartLine(string Name, IReadOnlyList<MetricPoint> Points);

/// <summary>
/// A value over steps, one line or several. The drawing is stretched to the width that there is, with strokes that are not; all words around it are HTML.
/// Long series are thinned out: of as many steps as a hair's breadth holds, the lowest and the highest value are kept, so that no peak is lost.
/// </summary>
internal sealed class MetricChart
{
    private const double Width = 1000;
    private const double Height = 200;
    private const int MostCuts = 100;
    private const int NamedCuts = 6;

    private readonly string _name;
    private readonly IReadOnlyList<ChartLine> _lines;
    private readonly int _columns;
    private readonly double _low = double.PositiveInfinity;
    private readonly double _high = double.NegativeInfinity;
    private readonly long _first = long.MaxValue;
    private readonly long _last = long.MinValue;
    private readonly int _count;
    private readonly int _unfit;
    private readonly bool _isLogarithmic;

    /// <param name="name">What is shown.</param>
    /// <param name="lines">At least one.</param>
    /// <param name="columns">Of so many at most each line is drawn.</param>
    public MetricChart(string name, IReadOnlyList<ChartLine> lines, int columns)
    {
        (_name, _lines, _columns) = (name, lines, columns);
        foreach (var line in lines)
        {
            foreach (var point in line.Points)
            {
                _count++;
                (_first, _last) = (Math.Min(_first, point.Step), Math.Max(_last, point.Step));
                if (double.IsFinite(point.Value))
                    (_low, _high) = (Math.Min(_low, point.Value), Math.Max(_high, point.Value));
                else
                    _unfit++;
            }
        }

        _isLogarithmic = _low > 0 && _high / _low >= 1000;
    }

    /// <summary>Draws it.</summary>
    /// <param name="page">Where to.</param>
    /// <param name="areDots">Single values, and no line.</param>
    /// <param name="hasCuts">Where another attempt goes on is marked; of one line alone.</param>
    public void Write(HtmlWriter page, bool areDots = false, bool hasCuts = true)
    {
        var cuts = hasCuts && _lines.Count == 1 ? Cuts(_lines[0].Points) : [];
        page.Add($"<figure><figcaption><strong>{_name}</strong> {Summary()}");
        WriteCuts(page, cuts);
        page.Add($"</figcaption>");
        if (_lines.Count > 1)
            WriteLegend(page, areDots);
        if (_high < _low)
        {
            page.Add($"<p class=\"note\">There is nothing to draw: no value is a finite number.</p></figure>");
            return;
        }

        page.Add($"<div class=\"chart\"><p class=\"y\" aria-hidden=\"true\"><span>{Figures.Mark(_high)}</span><span>{Figures.Mark(ValueAt(0.5))}</span><span>{Figures.Mark(_low)}</span></p>");
        page.Add($"<svg role=\"img\" viewBox=\"0 0 {Width} {Height}\" preserveAspectRatio=\"none\"><title>{_name} over steps: {Summary()}</title>");
        page.Add($"<path class=\"grid\" d=\"M0 0H{Width}M0 {Height / 2}H{Width}M0 {Height}H{Width}\"/>");
        if (cuts.Count <= MostCuts)
        {
            foreach (var (step, attempt) in cuts)
                page.Add($"<path class=\"cut\" d=\"M{X(step)} 0V{Height}\"><title>attempt {attempt}, from step {step}</title></path>");
        }

        for (var i = 0; i < _lines.Count; i++)
            page.Add($"<path class=\"line{i}{(areDots ? " dots" : "")}\" d=\"{Path(_lines[i].Points, areDots)}\"/>");
        page.Add($"</svg></div><p class=\"axis steps\" aria-hidden=\"true\"><span>step {_first}</span><span>{_first + ((_last - _first) / 2)}</span><span>{_last}</span></p></figure>");
    }

    private string Summary()
    {
        var words = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"{_count} value{(_count == 1 ? "" : "s")}"));
        if (_high >= _low)
            words.Append(CultureInfo.InvariantCulture, $" from {Figures.Value(_low)} to {Figures.Value(_high)}");
        if (_lines.Count == 1)
            words.Append(CultureInfo.InvariantCulture, $", {Figures.Value(_lines[0].Points[^1].Value)} at step {_lines[0].Points[^1].Step}");
        if (_isLogarithmic)
            words.Append(", on a logarithmic scale");
        if (_unfit > 0)
            words.Append(CultureInfo.InvariantCulture, $"; {_unfit} not finite, and not drawn");
        if (_count > 2 * _columns)
            words.Append("; drawn thinned out, lows and highs kept");
        return words.ToString();
    }

    private static void WriteCuts(HtmlWriter page, List<(long Step, int Attempt)> cuts)
    {
        if (cuts.Count == 0)
            return;
        List<string> words = [];
        foreach (var (step, attempt) in cuts)
        {
            if (words.Count < NamedCuts)
                words.Add($"{attempt} from step {step}");
        }

        var more = cuts.Count > NamedCuts ? $", and {cuts.Count - NamedCuts} more" : "";
        page.Add($"<br>{(cuts.Count > MostCuts ? "Cuts, too many to be drawn" : "Cuts")}: attempt {string.Join(", ", words)}{more}.");
    }

    private void WriteLegend(HtmlWriter page, bool areDots)
    {
        page.Add($"<ul class=\"legend\">");
        for (var i = 0; i < _lines.Count; i++)
            page.Add($"<li><svg class=\"swatch wide\" aria-hidden=\"true\" viewBox=\"0 0 30 10\"><path class=\"line{i}{(areDots ? " dots" : "")}\" d=\"M2 5h{(areDots ? 0 : 26)}\"/></svg>{_lines[i].Name}</li>");
        page.Add($"</ul>");
    }

    private static List<(long Step, int Attempt)> Cuts(IReadOnlyList<MetricPoint> points)
    {
        List<(long, int)> cuts = [];
        for (var i = 1; i < points.Count; i++)
        {
            if (points[i].Attempt != points[i - 1].Attempt)
                cuts.Add((points[i].Step, points[i].Attempt));
        }

        return cuts;
    }

    private string Path(IReadOnlyList<MetricPoint> points, bool areDots)
    {
        var (path, isOpen, column) = (new StringBuilder(), false, -1);
        MetricPoint? lowest = null, highest = null;
        foreach (var point in points)
        {
            var here = (int)((point.Step - _first) / Math.Max(1d, _last - _first) * _columns);
            var isThinned = points.Count > 2 * _columns;
            if (!isThinned || here != column || !double.IsFinite(point.Value))
                Flush();
            column = here;
            if (!double.IsFinite(point.Value))
            {
                isOpen = false;
                continue;
            }

            lowest = lowest is null || point.Value < lowest.Value ? point : lowest;
            highest = highest is null || point.Value > highest.Value ? point : highest;
        }

        Flush();
        return path.ToString();

        void Flush()
        {
            if (lowest is null || highest is null)
                return;
            var isLowFirst = lowest.Step <= highest.Step;
            Draw(isLowFirst ? lowest : highest);
            if (lowest != highest)
                Draw(isLowFirst ? highest : lowest);
            (lowest, highest) = (null, null);
        }

        void Draw(MetricPoint point)
        {
            path.Append(isOpen && !areDots ? 'L' : 'M').Append(X(point.Step).ToString("0.#", CultureInfo.InvariantCulture)).Append(' ').Append(Y(point.Value).ToString("0.#", CultureInfo.InvariantCulture));
            if (areDots || !isOpen)
                path.Append("h0");
            isOpen = true;
        }
    }

    private double X(long step) => _last == _first ? Width / 2 : (double)(step - _first) / (_last - _first) * Width;

    private double Y(double value)
    {
        if (_high == _low)
            return Height / 2;
        var share = _isLogarithmic ? Math.Log(value / _low) / Math.Log(_high / _low) : ((value / 2) - (_low / 2)) / ((_high / 2) - (_low / 2));
        return (1 - share) * Height;
    }

    private double ValueAt(double share) => _isLogarithmic ? _low * Math.Pow(_high / _low, share) : _low + ((_high - _low) * share);
}
