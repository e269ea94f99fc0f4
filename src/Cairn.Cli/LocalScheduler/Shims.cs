using Cairn.Cli.LocalScheduler.Processes;

namespace Cairn.Cli.LocalScheduler;

/// <summary>The programs <c>scontrol</c>, <c>squeue</c>, <c>scancel</c> and <c>srun</c> that stand first on a job's PATH.</summary>
internal static class Shims
{
    public const string SrunStage = "__srun";
    private static readonly string[] Asking = ["scontrol", "squeue", "scancel"];

    /// <summary>The command behind a hidden stage; null when it is none.</summary>
    public static string? CommandOf(string stage) => stage.StartsWith("__", StringComparison.Ordinal) && Asking.Contains(stage[2..]) ? stage[2..] : null;

    /// <summary>Writes them.</summary>
    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in (string[])[.. Asking, "srun"])
        {
            var path = Path.Combine(folder, name);
            File.WriteAllText(path, $"#!/bin/sh\nexec {string.Join(' ', Self.Command.Select(Quote))} __{name} \"$@\"\n");
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    private static string Quote(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
