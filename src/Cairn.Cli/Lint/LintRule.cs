namespace Cairn.Cli.Lint;

/// <summary>One pitfall: a pure function from the script to where it falls into it.</summary>
/// <param name="Id">CAIRN and three digits; never given to another rule.</param>
/// <param name="Level">How much it weighs.</param>
/// <param name="Title">The pitfall in a few words.</param>
/// <param name="Check">Finds it; says nothing where it is not sure.</param>
internal sealed record LintRule(string Id, Level Level, string Title, Func<LintedScript, IEnumerable<Flaw>> Check);
