using Cairn.Cli.BatchScripts;
using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint;

/// <summary>Small changes of a script's lines, for fixes. An empty list where the line is not as simple as the change needs it.</summary>
internal static class Edits
{
    /// <summary>A new directive below those that count; of a heterogeneous job, below those of the first component.</summary>
    public static IReadOnlyList<LineEdit> AddDirective(this LintedScript script, string option)
    {
        var line = 1;
        var end = script.Directives.FirstOrDefault(directive => directive.BeginsComponent)?.Line - 1 ?? script.FirstCommand;
        for (var index = 0; index < end; index++)
        {
            if (script.Lines[index].StartsWith(DirectiveReader.Magic, StringComparison.Ordinal))
                line = index + 1;
        }

        return [new(line, script.Lines[line - 1], $"{DirectiveReader.Magic} {option}")];
    }

    /// <summary>Another value for a directive.</summary>
    public static IReadOnlyList<LineEdit> SetValue(this LintedScript script, Directive directive, string value)
    {
        var line = script.Lines[directive.Line - 1];
        var old = directive.Value ?? "";
        var at = line.IndexOf(old, StringComparison.Ordinal);
        return old.Length > 0 && at >= 0 && line.IndexOf(old, at + 1, StringComparison.Ordinal) is -1
            ? [new(directive.Line, line[..at] + value + line[(at + old.Length)..])]
            : [];
    }

    /// <summary>A word before another.</summary>
    public static IReadOnlyList<LineEdit> InsertBefore(this LintedScript script, ShellWord word, string text)
    {
        var line = script.Lines[word.Line - 1];
        if (word.Column == ShellWord.Nowhere || string.CompareOrdinal(line, word.Column, word.Raw, 0, Math.Min(word.Raw.Length, line.Length - word.Column)) != 0)
            return [];
        return [new(word.Line, line[..word.Column] + text + " " + line[word.Column..])];
    }
}
