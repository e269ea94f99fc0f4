using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A trap, and the program in the foreground.</summary>
internal static class TrapWaits
{
    public static LintRule Rule { get; } = new("CAIRN022", Level.Warning, "the trap waits for a foreground program", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        foreach (var flaw in OfTheLimit(script))
            yield return flaw;
        if (script.Wishes.Warning is not { ToBatchShell: true } warning || script.Flow.TrapOf(warning.Signal) is not { Ignores: false } trap
            || script.Flow.InFront is not { ReplacesShell: false, Command.Place: { Background: false, Subshell: false } } main || trap.Line > main.Command.Line)
            yield break;
        // What lasts is in the background and waited for, and this is a moment behind it; or it is not known, and this only prepares it.
        if (!main.DecidesOverJob && (IsBehindWait(script, main) || script.Flow.After(main.Command).Any(IsLoopOfWaiting) || (ScriptFlow.IsHelper(main) && script.Flow.MayTrapElsewhere)))
            yield break;
        var signal = SlurmSignals.Format(warning.Signal);
        yield return new(
            main.Command.Line,
            main.DecidesOverJob
                ? $"bash runs the trap of line {trap.Line} only when cairn run, in the foreground, has ended. {signal} reaches nobody: cairn run has the deadline alone to go by."
                : $"bash runs the trap of line {trap.Line} only when {main.Name}, in the foreground, has ended. {signal} changes nothing, and at the limit all of it is killed.",
            main.DecidesOverJob
                ? "Write exec cairn run, without a trap: it hears the signal itself."
                : "Start the program with & and wait for it, again after the signal: while kill -0 $pid 2> /dev/null; do wait $pid; done.");
    }

    // A plain child of the batch shell hears no TERM at the limit, nor does the trap run before it has ended.
    private static IEnumerable<Flaw> OfTheLimit(LintedScript script)
    {
        if (script.Flow.TrapOf(SignalName.Term) is not { Ignores: false } trap || !trap.Actions.Any(action => DoesSomething(action) && !(trap.OnExit && action.Name == "kill") && !trap.IsByArgument(action))
            || script.Wishes.Warning is { ToBatchShell: true } or { Signal: SignalName.Term }
            || script.Flow.InFront is not { ReplacesShell: false, Srun: null, MayStartSteps: false, UnderCairn: false, Command.Place: { Background: false, Subshell: false } } main
            || trap.Line > main.Command.Line || IsBehindWait(script, main) || script.Flow.Launches.Any(MayBeTold))
            yield break;
        yield return new(
            main.Command.Line,
            $"bash runs the trap of line {trap.Line} only when {main.Name}, in the foreground, has ended; and {main.Name} is not told of the limit or of scancel. At the end both are killed, and the trap has not run.",
            $"Start {main.Name} with & and wait for it: then the trap runs at once, and can pass the signal on.");
    }

    // Slurm tells the tasks of srun of the end; when that ends, the trap runs.
    private static bool MayBeTold(Launch launch) => launch is { Command.Place.Background: false } && (launch.Srun is not null || launch.MayStartSteps || launch.UnderCairn);

    private static bool DoesSomething(ShellCommand action) => action.IsRequeue() || action.Name is "cp" or "rsync" or "mv" or "tar" or "kill" or "sbatch" or "scp";

    // while true; do sleep 60; done: there the script spends its time, and what stands above it has started something and returned.
    private static bool IsLoopOfWaiting(ShellCommand command) => command.Name is "sleep" or "tail" && EndsBeforeProgram.Waits(command);

    private static bool IsBehindWait(LintedScript script, Launch main) =>
        script.Flow.Before(main.Command).SkipWhile(command => !command.Place.Background).Any(command => command.Name == "wait");
}
