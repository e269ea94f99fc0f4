namespace Cairn.Cli.Lint.Rules;

/// <summary>--output and --error in a folder that is not there.</summary>
internal static class LogFolderMissing
{
    public static LintRule Rule { get; } = new("CAIRN011", Level.Warning, "the log's folder does not exist", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        var said = new HashSet<string>(StringComparer.Ordinal);
        foreach (var option in (string[])["output", "error"])
        {
            if (script.Find(option) is not { Value: { } value } directive || Placeholders.IsOne(value) || value.Contains('$', StringComparison.Ordinal) || value.StartsWith('~'))
                continue;
            var slash = value.LastIndexOf('/');
            var folder = slash > 0 ? value[..slash] : "";
            if (folder.Length == 0 || folder.Contains('%', StringComparison.Ordinal) || script.Around.IsMissing(InJobFolder(script, folder)) is not true || !said.Add(folder))
                continue;
            yield return new(
                directive.Line,
                $"The folder '{folder}' does not exist. Slurm opens the log before the script runs and makes no folder: the job fails at its start, and no log says so.",
                $"Before sbatch: mkdir -p {folder}. A mkdir in the script comes too late.");
        }
    }

    private static string InJobFolder(LintedScript script, string folder) =>
        script.Find("chdir") is { Value: { } job } && !folder.StartsWith('/') ? $"{job}/{folder}" : folder;
}
