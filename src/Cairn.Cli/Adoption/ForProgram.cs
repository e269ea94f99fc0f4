using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.Lint;

namespace Cairn.Cli.Adoption;

/// <summary>What is to be done in the program, as far as it cannot be seen to be there.</summary>
internal static class ForProgram
{
    private const string Longest = "60";

    public static IReadOnlyList<string> Of(LintedScript script, Launch program, ProgramLine line)
    {
        var words = program.Program.Select(word => word.Text).ToArray();
        var file = Array.Find(words, word => word.EndsWith(".py", StringComparison.Ordinal));
        if (file is not null && script.Around.ProgramText(file)?.Contains("cairn", StringComparison.OrdinalIgnoreCase) == true)
            return [];
        var folder = line.OwnFolder ?? line.Folder ?? "checkpoints";
        if (file is not null || words.Any(word => word.StartsWith("python", StringComparison.Ordinal)) || Adopter.AsksForItself(program))
            return Python(file ?? "the Python program", folder, program, line);
        if (Array.Find(words, word => word.EndsWith(".dll", StringComparison.OrdinalIgnoreCase)) is { } assembly)
            return TorchSharp(assembly);
        return
        [
            $"In {words[0]}, where it is not there yet:",
            $"  at the start   load the newest checkpoint of {folder} ($CAIRN_CHECKPOINT_DIR), if there is one",
            "  on the warning (USR2, or stop_requested in the file $CAIRN_STATUS)   save, and exit with 75: \"start me again\"",
            "  at the end     exit with 0",
            "docs/run.md has the contract for every language, docs/python-contract.md the helper for Python; for TorchSharp README.md.",
        ];
    }

    private static IReadOnlyList<string> Python(string file, string folder, Launch program, ProgramLine line)
    {
        var several = line.IsTask || Adopter.AsksForItself(program);
        return
        [
            $"In {file}, where it is not there yet (install the wheel, or put the release's cairn.py beside it; in a checkout that is python/cairn/_job.py):",
            "  import cairn                                    # first of all",
            line.OwnFolder is null
                ? $"  folder = cairn.checkpoint_dir(\"{Default(folder)}\")   # save there, and load the newest at the start"
                : $"  # at the start: load the newest checkpoint of {folder}, if there is one",
            $"  if cairn.stop_requested({Longest}):                     # at every step; seconds that the longest step and a save take",
            "      save(...)                                   # durable: write beside, fsync, rename",
            "      cairn.exit_for_requeue()",
            "  cairn.finished()                                # at the end",
            several
                ? "With several ranks all of them must stop at the same step: docs/python-contract.md has the lines, and recipes for PyTorch, Lightning and Transformers."
                : "docs/python-contract.md has whole programs for PyTorch, Lightning and Transformers.",
            .. Adopter.AsksForItself(program) ? [$"Until it asks, nothing of the warning reaches it behind {program.BetweenName}, and cairn lint says so (CAIRN025)."] : (string[])[],
        ];
    }

    private static IReadOnlyList<string> TorchSharp(string assembly) =>
    [
        $"In {assembly}, where it is not there yet (the package Cairn.TorchSharp):",
        "  using var run = TrainingRun.Open(\"checkpoints\");",
        "  run.Track(\"model\", model);",
        "  run.Track(\"optimizer\", optimizer);",
        "  foreach (var step in run.Steps(steps)) { ... }",
        "  return run.Finish(() => model.save(\"final.dat\"));",
        "It saves at a step boundary and leaves the requeue to cairn run; README.md has the whole of it.",
    ];

    // The helper puts the element's number behind it itself.
    private static string Default(string folder) => folder.Replace("/$SLURM_ARRAY_TASK_ID", "", StringComparison.Ordinal);
}
