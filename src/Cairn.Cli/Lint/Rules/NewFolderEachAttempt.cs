using System.Text.RegularExpressions;

namespace Cairn.Cli.Lint.Rules;

/// <summary>The date in the name of the checkpoints' folder.</summary>
internal static partial class NewFolderEachAttempt
{
    public static LintRule Rule { get; } = new("CAIRN038", Level.Warning, "every attempt saves in a new folder", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (!script.WantsToSave())
            yield break;
        foreach (var (line, name, value) in CheckpointFolders.Of(script))
        {
            if (Momentary().Match(value) is not { Success: true } part)
                continue;
            yield return new(
                line,
                $"{name} has {part.Value} in it, which is another one in each attempt: the requeued job finds an empty folder, and begins from the start.",
                "Name it by what stays the same: $SLURM_JOB_ID, which a requeue keeps, or the experiment.");
        }
    }

    [GeneratedRegex(@"\$\(\s*date\b[^)]*\)|`\s*date\b[^`]*`|\$\{?RANDOM\}?|\$\$|\$\(\s*(mktemp|uuidgen)\b[^)]*\)|\$\{?SLURM_RESTART_COUNT\b[^}/]*\}?|\$\{?EPOCHSECONDS\}?", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Momentary();
}
