using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A program in the background, and nobody waits for it.</summary>
internal static class EndsBeforeProgram
{
    public static LintRule Rule { get; } = new("CAIRN023", Level.Error, "the job ends before its program", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Flow.Main is not { Command: { Place.Background: true } command } main || script.Flow.MayTrapElsewhere
            || script.Flow.Commands.Any(Waits) || main.MayStartSteps)
            yield break;
        yield return new(
            command.Line,
            $"{main.Name} runs in the background, and nothing waits for it: the script ends at once, the job with it, and the program is killed.",
            "Write wait as the last line, or take the & away.",
            command.Place.Loop || command.Place.Function is not null ? [] : [AddWait(script)]);
    }

    /// <summary>The script goes on only when something has ended.</summary>
    public static bool Waits(ShellCommand command) =>
        command.Name is "wait" or "fg" || (command.Name is "sleep" or "tail" && (command.Place.Loop || command.Arguments.Any(word => word.StartsWith("--pid", StringComparison.Ordinal) || word == "infinity")));

    private static LineEdit AddWait(LintedScript script)
    {
        var last = script.Lines.Count;
        while (string.IsNullOrWhiteSpace(script.Lines[last - 1]))
            last--;
        return new(last, script.Lines[last - 1], "wait");
    }
}
