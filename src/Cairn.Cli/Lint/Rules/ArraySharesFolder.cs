using System.Text.RegularExpressions;

namespace Cairn.Cli.Lint.Rules;

/// <summary>Elements of an array that write the same checkpoints.</summary>
internal static partial class ArraySharesFolder
{
    public static LintRule Rule { get; } = new("CAIRN051", Level.Note, "all elements of the array save in one folder", Check);

    private const string OfElement = "SLURM_ARRAY_TASK_ID|SLURM_JOB_ID|SLURM_JOBID|SLURM_ARRAY_JOB_ID_";

    private const string Reads = "predict|eval|infer|test|certif|sampl|generat|score|valid|export|convert|extract|embed|plot|analy";

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        // Of --array=1-10%1 each element goes on where the one before it has stopped.
        if (!script.Wishes.IsArray || script.Wishes.IsChain || script.Flow.Main is not { } main)
            yield break;
        // What only reads may share; and what knows its element in another way may write files of its own.
        if (string.Join(' ', main.Program.Take(3).Select(word => word.Text)).Mentions(Reads) || main.Program.Any(word => word.Text.Mentions(OfElement) || word.Text.AsSpan().ContainsAny("$`")))
            yield break;
        for (var i = 1; i < main.Program.Count; i++)
        {
            var word = main.Program[i];
            var equals = word.Text.IndexOf('=', StringComparison.Ordinal);
            var (name, folder) = equals > 0 ? (word.Text[..equals], word.Text[(equals + 1)..]) : (word.Text, i + 1 < main.Program.Count ? main.Program[i + 1].Text : "");
            if (Option().IsMatch(name) && folder.Length > 0 && !folder.StartsWith('-') && !NoFolder().IsMatch(folder))
            {
                yield return new(
                    main.Command.Line,
                    $"Every element of the array gets {name} {folder}. Unless the program itself gives each files of its own, they overwrite each other's checkpoints.",
                    "Put ${SLURM_ARRAY_TASK_ID} into the folder's name.");
            }
        }
    }

    [GeneratedRegex("^--?(checkpoint|ckpt|save)([-_]?(dir|directory|folder))s?$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Option();

    // A number, or a file of its own.
    [GeneratedRegex(@"^[0-9.]+$|\.(pth?|ckpt|h5|hdf5|pkl|pickle|npz?|bin|onnx|safetensors|json|ya?ml|tar)$|^(true|false|none|last|best|auto)$", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, 10_000)]
    internal static partial Regex NoFolder();
}
