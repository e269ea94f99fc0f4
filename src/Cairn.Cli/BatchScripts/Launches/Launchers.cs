using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.BatchScripts.Launches;

/// <summary>
/// Programs that start the training's processes and wait for them. None passes a warning on, and most make 1 of every exit code: below them a
/// program learns of the warning from CAIRN_STATUS.
/// </summary>
internal static class Launchers
{
    /// <summary>The name for messages; null where the words start no launcher.</summary>
    /// <param name="name">The program's name, without its folder.</param>
    /// <param name="module">What is behind python -m.</param>
    /// <param name="words">The program and its arguments.</param>
    public static string? NameOf(string name, string? module, IReadOnlyList<ShellWord> words) => name switch
    {
        "torchrun" or "deepspeed" or "horovodrun" or "colossalai" => name,
        "accelerate" => words.Count > 1 && words[1].Text == "launch" ? "accelerate launch" : null,
        _ when module is "torch.distributed.run" or "torch.distributed.launch" or "accelerate.commands.launch" or "deepspeed" or "deepspeed.launcher.runner" => $"python -m {module}",
        _ => null,
    };

    /// <summary>The same for a program that stands in no script yet; beside it how many words the launcher itself is.</summary>
    public static (string Name, int Words)? Find(IReadOnlyList<string> program)
    {
        var name = Path.GetFileName(program[0]);
        var at = name.StartsWith("python", StringComparison.Ordinal) ? 1 : 0;
        while (at > 0 && at < program.Count && program[at].StartsWith('-') && program[at] != "-m")
            at++;
        var module = at > 0 && at + 1 < program.Count && program[at] == "-m" ? program[at + 1] : null;
        return NameOf(name, module, [.. program.Select(word => new ShellWord(1, ShellWord.Nowhere, word, word, true))]) is { } launcher
            ? (launcher, module is not null ? at + 2 : name == "accelerate" ? 2 : 1)
            : null;
    }

    /// <summary>Whether it is torch's own, which is told alone by options which nodes there are.</summary>
    public static bool IsTorchrun(string launcher) => launcher is "torchrun" or "python -m torch.distributed.run";

    /// <summary>A Python program that starts its processes itself, and speaks neither of signals nor of Cairn.</summary>
    public static bool SpawnsAndIsDeaf(string program) =>
        Contains(program, "mp.spawn(", "multiprocessing.spawn(", "start_processes(") && !Contains(program, "signal", "cairn", "lightning", "submitit");

    /// <summary><c>cairn run</c>, without --task, among the words that a launcher or mpirun starts.</summary>
    public static bool StartsWrapper(IReadOnlyList<ShellWord> words)
    {
        for (var i = 1; i + 1 < words.Count; i++)
        {
            if (words[i + 1].Text == "run" && (words[i].Text == "cairn" || words[i].Text.EndsWith("/cairn", StringComparison.Ordinal)))
                return !words.Skip(i).TakeWhile(word => word.Text != "--").Any(word => word.Text == "--task");
        }

        return false;
    }

    private static bool Contains(string program, params string[] words) => Array.Exists(words, word => program.Contains(word, StringComparison.OrdinalIgnoreCase));
}
