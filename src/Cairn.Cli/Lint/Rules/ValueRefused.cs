using System.Globalization;
using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint.Rules;

/// <summary>Values that sbatch does not take, as seen of 22.05.</summary>
internal static partial class ValueRefused
{
    public static LintRule Rule { get; } = new("CAIRN008", Level.Error, "sbatch refuses the value", Check);

    private static readonly string[] Memory = ["mem", "mem-per-cpu", "mem-per-gpu"];

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        foreach (var directive in script.Directives)
        {
            if (directive.Value is { } value && !Placeholders.IsOne(value) && Problem(directive.Option.Name, value) is { } advice)
                yield return new(directive.Line, $"sbatch refuses --{directive.Option.Name}={value}.", advice);
        }

        foreach (var component in script.Components)
        {
            if (component.Where(directive => Memory.Contains(directive.Option.Name, StringComparer.Ordinal)).DistinctBy(directive => directive.Option).ToArray() is [_, var second, ..])
                yield return new(second.Line, "sbatch refuses --mem, --mem-per-cpu and --mem-per-gpu beside each other.", "Keep one of them.");
        }
    }

    private static string? Problem(string option, string value) => option switch
    {
        "time" or "time-min" when !IsTime(value) => "Write minutes (90), HH:MM:SS (12:00:00) or D-HH:MM:SS (1-12:00:00); units as 12h are not known.",
        "signal" when !Signal().IsMatch(value) || !WarningSignal.TryParse(value, out _) => "Write [B:]SIGNAL[@SECONDS], as USR2@120; the lead is a plain number of seconds up to 65535.",
        "mem" or "mem-per-cpu" or "mem-per-gpu" or "tmp" when !Size().IsMatch(value) => "Write a whole number and K, M, G or T: 16G, 4500M.",
        "ntasks" or "cpus-per-task" or "ntasks-per-node" or "cpus-per-gpu" when !Count().IsMatch(value) => "Write a whole number of 1 or more.",
        "nodes" when !Nodes().IsMatch(value) => "Write a number of nodes, or LEAST-MOST.",
        "array" when !Array().IsMatch(value) => $"Write {ArrayElement.Forms}.",
        _ => null,
    };

    // TimeLimit takes the short forms of a rehearsal too, which sbatch does not.
    private static bool IsTime(string value) =>
        value.ToUpperInvariant() is "UNLIMITED" or "INFINITE" || (!char.IsAsciiLetter(value.LastOrDefault()) && TimeLimit.TryParse(value, out _));

    [GeneratedRegex(@"^([BR]{1,2}:)?[A-Z0-9+]+(@[0-9]{1,5})?$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Signal();

    [GeneratedRegex(@"^[0-9]+([kmgt]b?)?$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Size();

    [GeneratedRegex(@"^0*[1-9][0-9]*$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Count();

    [GeneratedRegex(@"^[0-9]+[km]?(-[0-9]+[km]?)?$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Nodes();

    [GeneratedRegex(@"^[0-9]+(-[0-9]+(:[0-9]+)?)?(,[0-9]+(-[0-9]+(:[0-9]+)?)?)*(%[0-9]+)?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Array();
}
