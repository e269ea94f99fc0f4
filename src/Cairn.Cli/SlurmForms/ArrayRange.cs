using System.Globalization;
using System.Text.RegularExpressions;

namespace Cairn.Cli.SlurmForms;

/// <summary>A range of a job array's tasks.</summary>
/// <param name="First">Its first task.</param>
/// <param name="Last">The last that it may have.</param>
/// <param name="Step">Between two tasks; null when it is not named.</param>
internal sealed partial record ArrayRange(long First, long Last, long? Step)
{
    /// <summary>
    /// The ranges of what --array says, as sbatch 22.05 was seen to read it: brackets may stand around tasks, and what stands behind % is
    /// not looked at. Null where sbatch refuses it; what is too high depends on the cluster's MaxArraySize.
    /// </summary>
    public static List<ArrayRange>? Read(string value)
    {
        if (value is "-1")
            return null;
        var ranges = new List<ArrayRange>();
        foreach (var part in value.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Form().Match(part.Split('%')[0]) is not { Success: true } match || Number(match, "first") is not { } first
                || Number(match, "last") is not { } last || Number(match, "step") is not { } step)
                return null;
            var hasLast = match.Groups["last"].Success;
            var hasStep = match.Groups["step"].Success;
            if ((hasLast && (match.Groups["first"].Length == 0 || last < first)) || (hasStep && step == 0))
                return null;
            ranges.Add(new(first, hasLast ? last : first, hasStep ? step : null));
        }

        return ranges;
    }

    private static long? Number(Match match, string group) =>
        match.Groups[group] is not { Success: true, Length: > 0 } digits ? 0
        : long.TryParse(digits.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : null;

    [GeneratedRegex(@"^\[?\+?(?<first>[0-9]*)\]?(-\+?(?<last>[0-9]+)\]?(:\+?(?<step>[0-9]+)\]?)?)?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Form();
}
