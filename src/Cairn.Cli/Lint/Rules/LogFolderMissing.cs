using System.Text.RegularExpressions;
namespace Cairn.Cli.Lint.Rules;

/// <summary>--output and --error in a folder that is not there.</summary>
internal static partial class LogFolderMissing
{
    public static LintRule Rule { get; } = new("CAIRN011", Level.Warning, "the log's folder does not exist", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        var said = new HashSet<string>(StringComparer.Ordinal);
        foreach (var option in (string[])["output", "error"])
        {
            if (script.Find(option) is not { Value: { } value } directive || Placeholders.IsOne(directive) || value.Contains('$', StringComparison.Ordinal) || value.StartsWith('~'))
                continue;
            var slash = value.LastIndexOf('/');
            var folder = slash > 0 ? value[..slash] : "";
            if (OfRun().Match(folder) is { Success: true } number && !folder.Contains('\\', StringComparison.Ordinal) && said.Add(folder))
            {
                yield return new(
                    directive.Line,
                    $"The folder '{folder}' has {number.Value} in its name, which only becomes a number when the job is submitted: nobody can have made it. Slurm opens the log before the script runs and makes no folder: the job fails at its start, and no log says so.",
                    $"Put {number.Value} into the file's name: {folder.Split('/').TakeWhile(part => !part.Contains('%', StringComparison.Ordinal)).Append(value[(slash + 1)..].Contains(number.Value, StringComparison.Ordinal) ? value[(slash + 1)..] : number.Value + "_" + value[(slash + 1)..]).Aggregate((one, other) => one + "/" + other)}.");
                continue;
            }

            folder = NameOfJob().Replace(folder, script.Find("job-name")?.Value ?? System.IO.Path.GetFileName(script.Path));
            if (folder.Length == 0 || folder.Contains('%', StringComparison.Ordinal) || script.Around.IsMissing(InJobFolder(script, folder)) is not true || !said.Add(folder))
                continue;
            yield return new(
                directive.Line,
                $"The folder '{folder}' does not exist. Slurm opens the log before the script runs and makes no folder: the job fails at its start, and no log says so.",
                $"Before sbatch: mkdir -p {folder}. A mkdir in the script comes too late.");
        }
    }

    [GeneratedRegex("%[0-9]*[jJA]", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex OfRun();

    [GeneratedRegex("%[0-9]*x", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex NameOfJob();

    private static string InJobFolder(LintedScript script, string folder) =>
        script.Find("chdir") is { Value: { } job } && !folder.StartsWith('/') ? $"{job}/{folder}" : folder;
}
