using System.Text.RegularExpressions;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A requeue of a program that begins from the start.</summary>
internal static partial class NothingResumes
{
    public static LintRule Rule { get; } = new("CAIRN044", Level.Note, "the job comes back, but nothing seems to resume", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (!script.WantsToSave() || script.Flow.Main is not { } main || Hint().IsMatch(string.Join('\n', script.Lines.Skip(script.FirstCommand).Where(line => !line.TrimStart().StartsWith('#')))))
            yield break;
        // Only what can be read is judged: a binary may well resume by itself.
        if (main.Program.Skip(1).FirstOrDefault(word => word.Text.EndsWith(".py", StringComparison.Ordinal)) is not { IsLiteral: true } file
            || script.Around.ProgramText(file.Text) is not { } program || Hint().IsMatch(program))
            yield break;
        yield return new(
            main.Command.Line,
            $"The job is to come back, but neither the script nor {file.Text} speaks of a checkpoint, of loading or resuming: every attempt would begin from the start.",
            "Load the newest checkpoint at the start, if there is one.");
    }

    [GeneratedRegex("resum|restor|checkpoint|ckpt|load|restart|continue|latest|snapshot|pickle|state_dict|cairn", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Hint();
}
