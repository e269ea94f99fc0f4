using System.Text.RegularExpressions;

namespace Cairn.Cli.Lint;

/// <summary>
/// <c># cairn: ignore CAIRN012 because ...</c>: on a line of its own it counts for the whole script, behind something for that line.
/// </summary>
internal sealed partial class Suppressions
{
    private readonly List<(int? Line, string Id)> _ignored = [];

    private Suppressions(IReadOnlyList<string> lines)
    {
        for (var index = 0; index < lines.Count; index++)
        {
            if (!lines[index].Contains("cairn:", StringComparison.Ordinal) || Comment().Match(lines[index]) is not { Success: true } comment)
                continue;
            var alone = lines[index].AsSpan(0, comment.Index).Trim().IsEmpty;
            var ids = comment.Groups["ids"].Value.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
            if (ids.Length == 0 || comment.Groups["reason"].Value.Trim().Length == 0)
                Incomplete.Add(index + 1);
            foreach (var id in ids)
                _ignored.Add((alone ? null : index + 1, id));
            Named.AddRange(ids.Select(id => (index + 1, id)));
        }
    }

    /// <summary>The lines where one names no rule, or no reason.</summary>
    public List<int> Incomplete { get; } = [];

    /// <summary>The rules that are named, with their lines.</summary>
    public List<(int Line, string Id)> Named { get; } = [];

    public static Suppressions Of(LintedScript script) => new(script.Lines);

    public bool Cover(Finding finding) =>
        _ignored.Any(ignored => ignored.Id == finding.Rule.Id && (ignored.Line is null || ignored.Line == finding.Flaw.Line));

    [GeneratedRegex(@"#\s*cairn:\s*ignore\b(?<ids>(?:[\s,]+CAIRN[0-9]+)*)(?:\s+because\b(?<reason>.*))?", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Comment();
}
