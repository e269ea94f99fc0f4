namespace Cairn.Cli.Lint.Rules;

/// <summary>mkdir without -p under set -e, in a job that comes back.</summary>
internal static class SecondMkdirFails
{
    public static LintRule Rule { get; } = new("CAIRN037", Level.Warning, "mkdir ends every attempt but the first", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (!script.WantsRequeue() || script.Flow.Main is not { } main)
            yield break;
        foreach (var command in script.Flow.Before(main.Command))
        {
            if (command is not { Name: "mkdir", Place: { Guarded: false, Conditional: false, Subshell: false, Substitution: false, Background: false } } || command.Arguments.Any(word => word is ['-', not '-', ..] && word.Contains('p', StringComparison.Ordinal) || word == "--parents"))
                continue;
            var folder = command.Arguments.FirstOrDefault(word => word is not ['-', ..]);
            if (folder is null || IsNew(folder) || !script.IsOn('e', command) || script.Flow.Before(command).Any(before => before.Name == "rm" && before.Arguments.Contains(folder, StringComparer.Ordinal)))
                continue;
            yield return new(
                command.Line,
                $"A requeued job runs its script from the first line: '{folder}' is there then, mkdir fails, and under set -e the script ends before the program starts.",
                "Write mkdir -p.");
        }
    }

    // A name that is another one in each attempt, or on each node.
    private static bool IsNew(string folder) =>
        folder.Contains("RESTART_COUNT", StringComparison.Ordinal) || folder.Contains("$(", StringComparison.Ordinal) || folder.Contains('`', StringComparison.Ordinal) || folder.Contains("$$", StringComparison.Ordinal)
        || folder.Contains("RANDOM", StringComparison.Ordinal) || folder.Contains("TMP", StringComparison.OrdinalIgnoreCase) || folder.Contains("SCRATCH", StringComparison.Ordinal) || folder.Contains("date", StringComparison.OrdinalIgnoreCase) || folder.Contains("time", StringComparison.OrdinalIgnoreCase);
}
