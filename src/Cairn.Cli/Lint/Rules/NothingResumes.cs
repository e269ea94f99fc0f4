namespace Cairn.Cli.Lint.Rules;

/// <summary>A requeue of a program that begins from the start.</summary>
internal static class NothingResumes
{
    public static LintRule Rule { get; } = new("CAIRN044", Level.Note, "the job comes back, but nothing seems to resume", Check);

    private const string Hint = "resum|restor|checkpoint|ckpt|load|restart|continue|latest|snapshot|pickle|state_dict|cairn";

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (!script.WantsToSave() || script.Flow.Main is not { } main || string.Join('\n', script.Lines.Skip(script.FirstCommand).Where(line => !line.TrimStart().StartsWith('#'))).Mentions(Hint))
            yield break;
        // Only what can be read is judged: a binary may well resume by itself.
        if (main.Program.Skip(1).FirstOrDefault(word => word.Text.EndsWith(".py", StringComparison.Ordinal)) is not { IsLiteral: true } file
            || script.Around.ProgramText(file.Text) is not { } program || program.Mentions(Hint))
            yield break;
        yield return new(
            main.Command.Line,
            $"The job is to come back, but neither the script nor {file.Text} speaks of a checkpoint, of loading or resuming: every attempt would begin from the start.",
            "Load the newest checkpoint at the start, if there is one.");
    }
}
