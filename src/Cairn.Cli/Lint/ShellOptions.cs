using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint;

/// <summary>What set has switched on.</summary>
internal static class ShellOptions
{
    private static readonly Dictionary<char, string> LongNames = new() { ['e'] = "errexit", ['u'] = "nounset", ['m'] = "monitor" };

    /// <summary>Whether the option of this letter is on where a command runs.</summary>
    public static bool IsOn(this LintedScript script, char letter, ShellCommand until)
    {
        var on = script.Lines[0].StartsWith("#!", StringComparison.Ordinal)
            && script.Lines[0].Split(' ').Skip(1).Any(word => word is ['-', not '-', ..] && word.Contains(letter, StringComparison.Ordinal));
        foreach (var command in script.Flow.Before(until))
        {
            if (command.Name != "set" || command.Place.Conditional)
                continue;
            foreach (var word in command.Arguments)
            {
                if (word is [('-' or '+') and var sign, not '-', ..] && word.Contains(letter, StringComparison.Ordinal))
                    on = sign == '-';
            }

            if (command.Arguments.Contains(LongNames[letter], StringComparer.Ordinal))
                on = command.Arguments.Any(word => word is ['-', .., 'o']);
        }

        return on;
    }
}
