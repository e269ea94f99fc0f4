namespace Cairn.Cli.Lint;

/// <summary>From a script to what is to be said about it.</summary>
internal static class Linter
{
    /// <summary>The findings in the order of their lines, without those that a comment in the script ignores.</summary>
    public static IReadOnlyList<Finding> Check(LintedScript script)
    {
        var ignored = Suppressions.Of(script);
        return
        [
            .. from rule in LintRules.All
               from flaw in rule.Check(script)
               let finding = new Finding(rule, flaw)
               where !ignored.Cover(finding)
               orderby flaw.Line, rule.Id
               select finding,
        ];
    }
}
