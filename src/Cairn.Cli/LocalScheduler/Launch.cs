using Cairn.Cli.BatchScripts;

namespace Cairn.Cli.LocalScheduler;

/// <summary>What is to be run, and where its output goes.</summary>
/// <param name="Script">The batch script; null for a program.</param>
/// <param name="Words">The script's path and arguments, or the program and its arguments.</param>
/// <param name="Form">How a program is started.</param>
/// <param name="Output">The file for standard output (%j, %x); null for the terminal.</param>
/// <param name="Error">The file for standard error; null for the same as <paramref name="Output"/>.</param>
internal sealed record Launch(BatchScript? Script, IReadOnlyList<string> Words, LaunchForm Form, string? Output, string? Error)
{
    // A plain child of the batch shell; the `exit` keeps the shell from becoming its last command.
    private static readonly string[] Shell = ["/bin/sh", "-c", "\"$@\"; exit $?", "sh"];

    // A launcher that hears signals and keeps them to itself, as many do.
    private static readonly string[] DeafLauncher = ["/bin/sh", "-c", "trap : USR1 USR2 TERM; \"$@\"; exit $?", "sh"];

    /// <summary>Whether the processes that are started are tasks of a step; else it is the batch shell.</summary>
    public bool StartsTasks => Script is null && Form is LaunchForm.Srun or LaunchForm.TaskChild;

    /// <summary>The command that is started.</summary>
    /// <param name="scriptCopy">Where the copy of the batch script is.</param>
    public IReadOnlyList<string> Command(string scriptCopy) => this switch
    {
        { Script: { } script } => [.. script.Interpreter, scriptCopy, .. Words.Skip(1)],
        { Form: LaunchForm.Child } => [.. Shell, .. Words],
        { Form: LaunchForm.TaskChild } => [.. DeafLauncher, .. Words],
        _ => Words,
    };
}
