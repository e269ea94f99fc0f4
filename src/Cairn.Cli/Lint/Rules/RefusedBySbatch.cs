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

        if (script.Lines[0].StartsWith("\uFEFF#!", StringComparison.Ordinal))
            yield return new(1, "Before #! the file has a byte order mark, which no editor shows and some put there: to sbatch the first line does not begin with #!, and it refuses the script.", "Save it as UTF-8 without a byte order mark (BOM).", new LineEdit(1, script.Lines[0][1..]));
        else if (!script.Lines[0].StartsWith("#!", StringComparison.Ordinal) && !TemplateTags.IsIn(script.Lines[0]))
            yield return new(1, "The first line does not begin with #! and the path of an interpreter; sbatch refuses the script.", "Begin with #!/bin/bash.", Shebang(script));
        else if (script.Lines[0] is ['#', '!', .. var interpreter] && string.IsNullOrWhiteSpace(interpreter))
            yield return new(1, "Line 1 names no interpreter behind #!.", "Write #!/bin/bash.");
        foreach (var refused in script.Refused.Where(refused => !Placeholders.IsInTemplate(script, refused.Line)))
            yield return new(refused.Line ?? 1, $"sbatch refuses the script: {refused.Problem}.", "See sbatch --help; a value with blanks in it needs quotes.");
    }

    private static IReadOnlyList<LineEdit> Shebang(LintedScript script) =>
        script.Lines[0].StartsWith("#SBATCH", StringComparison.Ordinal) ? [new(1, "#!/bin/bash", script.Lines[0])] : [];
}
