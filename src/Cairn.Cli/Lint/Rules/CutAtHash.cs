using Cairn.Cli.BatchScripts;

namespace Cairn.Cli.Lint.Rules;

/// <summary># in the middle of a directive's word.</summary>
internal static class CutAtHash
{
    public static LintRule Rule { get; } = new("CAIRN007", Level.Warning, "a # cuts the value", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        foreach (var directive in script.Directives)
        {
            var line = script.Lines[directive.Line - 1];
            if (directive.Value is not { Length: > 0 } value || line.IndexOf(value + "#", DirectiveReader.Magic.Length, StringComparison.Ordinal) is not (> 0 and var at))
                continue;
            // Of a number, a time or a partition what follows can only be a comment; so it is behind a blank, and where it goes on with other words.
            var behind = line[(at + value.Length + 1)..].TrimEnd();
            if (directive.Option.Name is not ("job-name" or "output" or "error" or "input" or "chdir" or "comment" or "wckey" or "mail-user") || behind.Length == 0 || behind.Any(char.IsWhiteSpace))
                continue;
            var end = line.AsSpan(at + value.Length).IndexOfAny(' ', '\t');
            var written = end < 0 ? line[at..] : line.Substring(at, value.Length + end);
            yield return new(directive.Line, $"A # ends a directive even in the middle of a word: --{directive.Option.Name} is '{value}', not '{written}'.", $"Quote it: \"{written}\"; or put a blank before the comment.");
        }
    }
}
