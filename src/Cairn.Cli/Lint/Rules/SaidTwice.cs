namespace Cairn.Cli.Lint.Rules;

/// <summary>The same option with two values.</summary>
internal static class SaidTwice
{
    public static LintRule Rule { get; } = new("CAIRN012", Level.Note, "an option is given twice", Check);

    private static IEnumerable<Flaw> Check(LintedScript script) =>
        from component in script.Components
        from said in component.GroupBy(directive => directive.Option)
        where said.Key.Name is not ("comment" or "mail-type" or "dependency" or "gres")
        let values = said.ToArray()
        from earlier in values[..^1]
        where earlier.Value != values[^1].Value
        select new Flaw(earlier.Line, $"--{said.Key.Name} is given again in line {values[^1].Line}, and the last one counts.", "Take this one away.");
}
