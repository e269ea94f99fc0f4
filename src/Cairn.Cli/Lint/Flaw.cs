namespace Cairn.Cli.Lint;

/// <summary>What a rule has found.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="WillHappen">What will happen on the cluster.</param>
/// <param name="Advice">What to do about it.</param>
/// <param name="Fix">The lines to change, where that is safe to do without asking; they do not overlap.</param>
internal sealed record Flaw(int Line, string WillHappen, string Advice, params IReadOnlyList<LineEdit> Fix)
{
    /// <summary>How much it weighs, where that is less than the rule's findings do as a rule.</summary>
    public Level? Level { get; init; }
}

/// <summary>Puts other lines in place of one line; an empty list takes it away.</summary>
/// <param name="Line">The line, from 1.</param>
/// <param name="NewLines">What stands there then.</param>
internal sealed record LineEdit(int Line, params IReadOnlyList<string> NewLines);

/// <summary>A flaw with the rule that it breaks.</summary>
internal sealed record Finding(LintRule Rule, Flaw Flaw)
{
    /// <summary>How much it weighs.</summary>
    public Level Level => Flaw.Level ?? Rule.Level;
}
