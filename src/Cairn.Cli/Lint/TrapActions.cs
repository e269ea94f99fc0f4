using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;
using Cairn.Posix;

namespace Cairn.Cli.Lint;

/// <summary>What a trap does about the program, and about the job.</summary>
internal static class TrapActions
{
    /// <summary>It sends the program a signal to save by, not one to end it.</summary>
    public static bool AsksToSave(this ShellCommand action) =>
        action.Tells() && ScriptFlow.SignalOf(action) is not (null or SignalName.Term or SignalName.Kill);

    /// <summary>It sends the program any signal.</summary>
    public static bool Tells(this ShellCommand action) =>
        // kill -0 only asks whether it lives.
        (action.Name is "kill" or "pkill" or "killall" && !action.Arguments.Contains("-0", StringComparer.Ordinal)) || action.SignalsByScancel();

    /// <summary>scancel that only sends a signal.</summary>
    public static bool SignalsByScancel(this ShellCommand action) =>
        action.Name == "scancel" && action.Arguments.Any(word => word.StartsWith("--signal", StringComparison.Ordinal) || (word is ['-', not '-', ..] && word.Contains('s', StringComparison.Ordinal)));

    /// <summary>The function of the trap decides by what it is called with, as by the name of the signal: it may be meant for another one.</summary>
    public static bool IsByArgument(this Trap trap, ShellCommand action) =>
        (action.Place.Else ? ScriptFlow.AlternativeOf(trap.Actions, action) : ScriptFlow.ConditionsOf(trap.Actions, action))
            .Any(condition => condition.Words.Any(word => word.Text.Contains("$1", StringComparison.Ordinal) || word.Text.Contains("${1", StringComparison.Ordinal)));

    /// <summary>It gives the program time.</summary>
    public static bool Waits(this ShellCommand action) => action.Name is "wait" or "sleep" or "tail" || action.Place.Loop;

    /// <summary>It submits this very script again.</summary>
    public static bool SubmitsItself(this ShellCommand action, string script) =>
        action.Name == "sbatch" && action.Arguments.Any(word => word.Contains("$0", StringComparison.Ordinal) || word.Contains("BASH_SOURCE", StringComparison.Ordinal)
            || (word.Length > 0 && Path.GetFileName(word) == Path.GetFileName(script)));
}
