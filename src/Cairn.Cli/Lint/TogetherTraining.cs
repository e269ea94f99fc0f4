using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts.Launches;

namespace Cairn.Cli.Lint;

/// <summary>What shows that the tasks of a step train together, so that one waits for the others.</summary>
internal static partial class TogetherTraining
{
    private const string Words =
        "init_process_group|jax.distributed|DistributedDataParallel|FullyShardedDataParallel|horovod|deepspeed|lightning.pytorch|pytorch_lightning|import lightning";

    /// <summary>What shows it, for a message; null where nothing does.</summary>
    public static string? Sign(LintedScript script, Launch launch)
    {
        // What torchrun and its like do when one of them dies on another node is not known here.
        if (launch.BetweenIsLauncher)
            return null;
        if (LoadsMpi(script, launch) is { } file)
            return $"{file} uses MPI";
        if (PythonFile(script, launch) is (var name, var text) && Array.Find(Words.Split('|'), word => text.Contains(word, StringComparison.Ordinal)) is { } found)
            return $"{name} speaks of {found}";
        return script.Sets("MASTER_ADDR") ? "MASTER_ADDR tells them where to meet" : null;
    }

    /// <summary>The Python file that imports mpi4py; null where that is not known of it.</summary>
    public static string? LoadsMpi(LintedScript script, Launch launch) =>
        PythonFile(script, launch) is (var name, var text) && ImportsMpi().IsMatch(text) ? name : null;

    private static (string Name, string Text)? PythonFile(LintedScript script, Launch launch) =>
        launch.Program.FirstOrDefault(word => word.Text.EndsWith(".py", StringComparison.Ordinal)) is { IsLiteral: true } file && script.Around.ProgramText(file.Text) is { } text
            ? (Path.GetFileName(file.Text), text) : null;

    [GeneratedRegex(@"^[ \t]*(from|import)[ \t]+mpi4py\b", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.Multiline, 10_000)]
    private static partial Regex ImportsMpi();
}
