namespace Cairn.Cli.Lint.Rules;

/// <summary>A comment that is to silence a rule, and does not say which or why.</summary>
internal static class SuppressionIncomplete
{
    public static LintRule Rule { get; } = new("CAIRN090", Level.Warning, "an ignore comment is incomplete", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        var suppressions = Suppressions.Of(script);
        foreach (var line in suppressions.Incomplete)
            yield return new(line, "The comment does not say which rule is ignored, or why.", "Write # cairn: ignore CAIRN020 because ...");
        foreach (var (line, id) in suppressions.Named.Where(named => LintRules.All.All(rule => rule.Id != named.Id)))
            yield return new(line, $"There is no rule {id}.", "See docs/lint.md for the rules.");
    }
}
