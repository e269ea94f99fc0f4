using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint.Rules;

/// <summary>trap "kill -USR1 $pid" above pid=$!.</summary>
internal static partial class ExpandedTooEarly
{
    public static LintRule Rule { get; } = new("CAIRN035", Level.Warning, "the trap's pid is read before it is there", Check);

    private const string Jobs = "$(jobs -p)";

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        foreach (var (index, trap) in script.Flow.Commands.Index())
        {
            if (trap is not { Name: "trap", Words: [_, { Raw: ['"', ..] } action, _, ..] })
                continue;
            foreach (var name in Reference().Matches(action.Raw).Select(match => match.Groups["name"].Value).Distinct(StringComparer.Ordinal))
            {
                var later = script.Flow.Commands.Skip(index + 1).FirstOrDefault(command => IsSet(command, name));
                if (script.Flow.Commands.Take(index).Any(command => IsSet(command, name)) || later is null)
                    continue;
                yield return new(
                    trap.Line,
                    $"In double quotes {(name == Jobs ? name : "$" + name)} is put in when the trap is set, and there is nothing in it before {(name is "!" or Jobs ? "a program runs in the background" : $"line {later.Line}")}: the trap signals nobody.",
                    "Put the action in single quotes: then it is read when the signal comes.");
            }
        }
    }

    private static bool IsSet(ShellCommand command, string name) =>
        name is "!" or Jobs ? command.Place is { Background: true, Substitution: false } && command.Words.Count > 0 : command.Assignments.Any(set => set.Name == name && set.Value is ("$!" or "${!}"));

    [GeneratedRegex(@"(?<!\\)(\$\{?(?<name>[A-Za-z_][A-Za-z0-9_]*|!)\}?|(?<name>\$\(jobs -p\)))", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Reference();
}
