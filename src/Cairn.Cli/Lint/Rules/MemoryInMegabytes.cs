using System.Globalization;

namespace Cairn.Cli.Lint.Rules;

/// <summary>--mem=16.</summary>
internal static class MemoryInMegabytes
{
    // Nobody asks for so little on purpose, and no Python with a framework starts in it.
    private const int LeastMeant = 256;

    // A hundred gigabytes for each core are no less odd than a hundred megabytes.
    private const int LeastMeantPerCore = 65;

    public static LintRule Rule { get; } = new("CAIRN009", Level.Warning, "memory without a unit counts megabytes", Check);

    private static IEnumerable<Flaw> Check(LintedScript script) =>
        from directive in script.Directives
        where directive.Option.Name is "mem" or "mem-per-cpu" or "mem-per-gpu"
            && int.TryParse(directive.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var megabytes) && megabytes > 0 && megabytes < (directive.Option.Name == "mem-per-cpu" ? LeastMeantPerCore : LeastMeant)
            // With a word behind it, as in --mem=16 GB, sbatch does not take it at all.
            && !script.Refused.Any(refused => refused.Line == directive.Line)
            // A comment behind it says that megabytes are meant.
            && !script.Lines[directive.Line - 1].Contains("MB", StringComparison.OrdinalIgnoreCase) && !script.Lines[directive.Line - 1].Contains("megabyte", StringComparison.OrdinalIgnoreCase)
        select new Flaw(
            directive.Line,
            $"--{directive.Option.Name}={directive.Value} is {directive.Value} megabytes: the job is killed when it takes more.",
            $"If gigabytes are meant, write {directive.Value}G; else {directive.Value}M.");
}
