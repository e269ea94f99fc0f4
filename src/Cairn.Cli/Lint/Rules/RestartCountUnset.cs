using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts.Shell;

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
            if (!Reads(command) || !script.IsOn('u', command))
                continue;
            yield return new(
                command.Line,
                "In the first attempt SLURM_RESTART_COUNT is not set, and under set -u the script ends here: unbound variable.",
                "Write ${SLURM_RESTART_COUNT:-0}.");
            yield break;
        }
    }

    private static bool Reads(ShellCommand command)
    {
        var isArithmetic = command.Name is ShellCommand.Arithmetic or "let" || (command.Name == "[[" && command.Arguments.Any(word => word is "-eq" or "-ne" or "-lt" or "-le" or "-gt" or "-ge"));
        return command.Words.Any(word => IsRead(word.Raw, isArithmetic)) || command.Assignments.Any(set => !set.IsLiteral && IsRead(set.Value, isArithmetic: false));
    }

    private static bool IsRead(string text, bool isArithmetic) =>
        Bare().IsMatch(text) || ((isArithmetic || text.Contains("$((", StringComparison.Ordinal)) && InArithmetic().IsMatch(text));

    [GeneratedRegex(@"(?<!\\)\$(SLURM_RESTART_COUNT\b|\{SLURM_RESTART_COUNT\})", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Bare();

    // There a name needs no $.
    [GeneratedRegex(@"(?<![A-Za-z0-9_{$])SLURM_RESTART_COUNT\b", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex InArithmetic();

    [GeneratedRegex(@"-v\s+""?SLURM_RESTART_COUNT\b|\bSLURM_RESTART_COUNT=|\$\{SLURM_RESTART_COUNT:=|\$\{SLURM_RESTART_COUNT[:+-]+\}?[^0-9]|-n\s+""?\$\{SLURM_RESTART_COUNT:?-", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Guard();
}
