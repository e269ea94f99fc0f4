namespace Cairn.Cli.Lint.Rules;

/// <summary>--export=NONE, and srun.</summary>
internal static class ExportNone
{
    public static LintRule Rule { get; } = new("CAIRN053", Level.Warning, "the tasks get none of the script's environment", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Find("export") is not { } directive || !string.Equals(directive.Value, "NONE", StringComparison.OrdinalIgnoreCase))
            yield break;
        if (script.Flow.Commands.Any(command => command.Name is "unset" or "export" && command.Arguments.Any(word => word.StartsWith("SLURM_EXPORT_ENV", StringComparison.Ordinal))))
            yield break;
        // Houses that make --export=NONE the rule unset SLURM_EXPORT_ENV in a module or a file that is read in.
        var mayBeUnset = script.Flow.Commands.Any(command => command.Name is "." or "source" || (command.Name is "module" or "ml" && command.Arguments.Any(word => word.Contains("setup", StringComparison.OrdinalIgnoreCase) || word.Contains("slurm", StringComparison.OrdinalIgnoreCase))));
        if (mayBeUnset)
            yield break;
        if (script.Flow.Launches.FirstOrDefault(launch => launch.Srun is not null) is { } launch && !launch.Command.Arguments.Any(word => word.StartsWith("--export", StringComparison.Ordinal)))
            yield return new(launch.Command.Line, "--export=NONE counts for srun too: its tasks see no variable of the script, no PATH, no module and no environment that it loaded.", "Write srun --export=ALL.", script.InsertBefore(launch.Command.Words[launch.Srun!.Value + 1], "--export=ALL"));
    }
}
