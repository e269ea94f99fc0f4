namespace Cairn.Cli.Lint.Rules;

/// <summary>What sbatch does not accept at all.</summary>
internal static class RefusedBySbatch
{
    public static LintRule Rule { get; } = new("CAIRN001", Level.Error, "sbatch refuses the script", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Lines.All(string.IsNullOrWhiteSpace))
        {
            yield return new(1, "The script is empty; sbatch refuses it.", "Write a #! line, the directives and the commands.");
            yield break;
        }

        if (!script.Lines[0].StartsWith("#!", StringComparison.Ordinal))
            yield return new(1, "The first line does not begin with #! and the path of an interpreter; sbatch refuses the script.", "Begin with #!/bin/bash.", Shebang(script));
        else if (script.Lines[0].AsSpan(2).Trim().IsEmpty)
            yield return new(1, "Line 1 names no interpreter behind #!.", "Write #!/bin/bash.");
        foreach (var refused in script.Refused.Where(refused => !Placeholders.IsTemplate(script, refused)))
            yield return new(refused.Line ?? 1, $"sbatch refuses the script: {refused.Problem}.", "See sbatch --help; a value with blanks in it needs quotes.");
    }

    private static IReadOnlyList<LineEdit> Shebang(LintedScript script) =>
        script.Lines[0].StartsWith("#SBATCH", StringComparison.Ordinal) ? [new(1, "#!/bin/bash", script.Lines[0])] : [];
}
