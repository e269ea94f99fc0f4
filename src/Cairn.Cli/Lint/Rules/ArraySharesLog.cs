using System.Text.RegularExpressions;
namespace Cairn.Cli.Lint.Rules;

/// <summary>A log's name that is the same for all elements.</summary>
internal static partial class ArraySharesLog
{
    public static LintRule Rule { get; } = new("CAIRN052", Level.Warning, "all elements of the array write one log", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (!script.Wishes.IsArray || script.Wishes.AppendsLog)
            yield break;
        foreach (var option in (string[])["output", "error"])
        {
            if (script.Find(option) is { Value: { } value } directive && !Placeholders.IsOne(directive) && !Placeholders.IsInTemplate(script, directive.Line) && !value.StartsWith("/dev/", StringComparison.Ordinal) && !OfElement().IsMatch(value)
                && !value.Any(letter => letter is '\\' or '$'))
                yield return new(directive.Line, $"--{option}={value} is the same file for every element: each empties what the others wrote.", "Put %a into the name: %x_%A_%a.out.");
        }
    }

    // %3a and %04j are padded with zeros.
    [GeneratedRegex("%[0-9]*[ajJ]", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex OfElement();
}
