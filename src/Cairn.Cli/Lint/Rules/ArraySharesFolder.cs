using System.Text.RegularExpressions;

namespace Cairn.Cli.Lint.Rules;

/// <summary>Elements of an array that write the same checkpoints.</summary>
internal static partial class ArraySharesFolder
{
    public static LintRule Rule { get; } = new("CAIRN051", Level.Warning, "all elements of the array save in one folder", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (!script.Wishes.IsArray || script.Flow.Main is not { } main)
            yield break;
        for (var i = 1; i < main.Program.Count; i++)
        {
            var word = main.Program[i];
            var equals = word.Text.IndexOf('=', StringComparison.Ordinal);
            var (name, folder) = equals > 0 ? (word.Text[..equals], word.Text[(equals + 1)..]) : (word.Text, i + 1 < main.Program.Count ? main.Program[i + 1].Text : "");
            // A variable in it may well be made of the task's number.
            if (Option().IsMatch(name) && folder.Length > 0 && !folder.StartsWith('-') && !folder.Contains('$', StringComparison.Ordinal) && !folder.Contains('`', StringComparison.Ordinal))
                yield return new(main.Command.Line, $"Every element of the array gets {name} {folder}: they overwrite each other's checkpoints.", "Put ${SLURM_ARRAY_TASK_ID} into the folder's name.");
        }
    }

    [GeneratedRegex("^--?(checkpoint|ckpt|save)([-_]?(dir|path|folder))?s?$|^--?resume[-_](dir|folder)$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Option();
}
