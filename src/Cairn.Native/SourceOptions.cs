using System.Globalization;

namespace Cairn.Native;

/// <summary>Which checkpoint, and what of it: the options of cairn_open_checkpoint and cairn_start_from.</summary>
internal sealed class SourceOptions
{
    private readonly List<string> parts = [];
    private long? step;
    private string? metric;
    private MetricGoal goal;

    /// <exception cref="ArgumentException">One is not known, or has a value that cannot be.</exception>
    public static SourceOptions Read(IEnumerable<string> texts)
    {
        var options = new SourceOptions();
        foreach (var text in texts)
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            var value = text[(equals + 1)..];
            switch (equals < 0 ? "" : text[..equals])
            {
                case "step" when long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var number):
                    options.step = number;
                    break;
                case "lowest":
                    (options.metric, options.goal) = (value, MetricGoal.Minimize);
                    break;
                case "highest":
                    (options.metric, options.goal) = (value, MetricGoal.Maximize);
                    break;
                case "part":
                    options.parts.Add(value);
                    break;
                default:
                    throw new ArgumentException($"'{text}' is none of step=N, lowest=METRIC, highest=METRIC and part=NAME");
            }
        }

        return options;
    }

    /// <summary>The same as the library's own.</summary>
    public StartFrom From(string source) => new(source, [.. parts]) { Step = step, Metric = metric, Goal = goal };
}
