using Cairn.Cli.Lint;

namespace Cairn.Cli.Submissions;

/// <summary>The folders of a script's logs, which Slurm does not make.</summary>
internal static class LogFolders
{
    /// <summary>Those that are named in full; a folder with a replacement in it is known only when the job runs.</summary>
    public static IReadOnlyList<string> Of(LintedScript script)
    {
        var job = script.Find("chdir")?.Value;
        var folders = new List<string>();
        foreach (var option in (string[])["output", "error"])
        {
            if (script.Find(option)?.Value is not { } value || value.StartsWith('~') || value.Any(letter => letter is '$' or '\\' or '`'))
                continue;
            var slash = value.LastIndexOf('/');
            var folder = slash > 0 ? value[..slash] : "";
            if (folder.Length > 0 && !folder.Contains('%', StringComparison.Ordinal))
                folders.Add(job is not null && folder[0] != '/' ? $"{job}/{folder}" : folder);
        }

        return [.. folders.Distinct(StringComparer.Ordinal)];
    }
}
