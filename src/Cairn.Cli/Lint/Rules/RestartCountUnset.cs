using System.Text.RegularExpressions;

namespace Cairn.Cli.Lint.Rules;

/// <summary>$SLURM_RESTART_COUNT under set -u.</summary>
internal static partial class RestartCountUnset
{
    public static LintRule Rule { get; } = new("CAIRN039", Level.Warning, "set -u ends the first attempt", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        // What gives it a value, or asks whether it has one, knows.
        if (script.Lines.Any(line => Guard().IsMatch(line)))
            yield break;
        foreach (var command in script.Flow.Commands)
        {
            if (!command.Words.Any(word => Bare().IsMatch(word.Raw)) && !command.Assignments.Any(set => !set.IsLiteral && Bare().IsMatch(set.Value)))
                continue;
            if (!script.IsOn('u', command))
                continue;
            yield return new(
                command.Line,
                "In the first attempt SLURM_RESTART_COUNT is not set, and under set -u the script ends here: unbound variable.",
                "Write ${SLURM_RESTART_COUNT:-0}.");
            yield break;
        }
    }

    [GeneratedRegex(@"(?<!\\)\$(SLURM_RESTART_COUNT\b|\{SLURM_RESTART_COUNT\})", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Bare();

    [GeneratedRegex(@"-v\s+""?SLURM_RESTART_COUNT\b|\bSLURM_RESTART_COUNT=|\$\{SLURM_RESTART_COUNT:=|\$\{SLURM_RESTART_COUNT[:+-]+\}?[^0-9]|-n\s+""?\$\{SLURM_RESTART_COUNT:?-", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Guard();
}
