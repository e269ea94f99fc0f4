
namespace Cairn.Cli.Lint.Rules;

/// <summary>#SBATCH --job-name, and below it #SBATCH --time=5.</summary>
internal static class ValueFromNextLine
{
    public static LintRule Rule { get; } = new("CAIRN015", Level.Warning, "a directive eats the next one", Check);

    private static IEnumerable<Flaw> Check(LintedScript script) =>
        from directive in script.Directives
        where directive.ValueLine != directive.Line && directive.Value is ['-', ..]
        select new Flaw(
            directive.Line,
            $"--{directive.Option.Name} has no value in its line, so that sbatch takes the next word for it: '{directive.Value}' of line {directive.ValueLine}, which does not count as an option any more.",
            $"Write --{directive.Option.Name}=VALUE, or take the line away.");
}
