using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint.Rules;

/// <summary>One wait, which a trapped signal ends.</summary>
internal static class WaitEndsAtSignal
{
    public static LintRule Rule { get; } = new("CAIRN024", Level.Warning, "the trapped signal ends wait, and the script", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Wishes.Warning is not { ToBatchShell: true } warning || script.Flow.TrapOf(warning.Signal) is not { Ignores: false } trap
            || script.Flow.Main is not { Command: { Place.Background: true } command } main)
            yield break;
        if (LeavesTooEarly(trap) is var (asks, leaves))
        {
            yield return new(
                trap.Line,
                $"The trap tells {main.Name} (line {asks.Line}), and does not wait for it ({leaves.Name}, line {leaves.Line}): the script ends, and Slurm kills {main.Name} with whatever it was about to save.",
                $"Wait before: kill -{SlurmSignals.Format(warning.Signal)} $pid; wait $pid; {leaves.Name} ...");
            yield break;
        }

        if (trap.Actions.Any(Settles))
            yield break;
        var waits = script.Flow.After(command).Where(after => after.Name == "wait").ToArray();
        if (waits is not [{ Place: { Loop: false, Conditional: false } } only] || GoesOn(script, only))
            yield break;
        yield return new(
            only.Line,
            $"When {SlurmSignals.Format(warning.Signal)} comes, the trap runs and this wait returns at once, though the program still lives: the script ends, and Slurm kills the program with whatever it was about to save.",
            "Wait again until it has ended: while kill -0 $pid 2> /dev/null; do wait $pid; done.");
    }

    // It asks for a save, and then leaves, or sends another job on its way as the last thing that it does.
    private static (ShellCommand Asks, ShellCommand Leaves)? LeavesTooEarly(Trap trap)
    {
        if (trap.Actions.Any(action => action.Waits() || action.IsRequeue() || (action.Name == "scancel" && !action.SignalsByScancel()))
            || trap.Actions.FirstOrDefault(action => action.Name is "exit" or "sbatch") is not { } leaves)
            return null;
        return trap.Actions.TakeWhile(action => !ReferenceEquals(action, leaves)).FirstOrDefault(action => action.AsksToSave() || (leaves.Name == "sbatch" && action.Tells())) is { } asks ? (asks, leaves) : null;
    }

    // The trap itself waits, requeues or leaves: then the script's end is what it wants.
    private static bool Settles(ShellCommand command) => command.Name is "wait" or "exit" or "sleep" or "sbatch" || (command.Name == "scancel" && !command.SignalsByScancel()) || command.IsRequeue();

    private static bool GoesOn(LintedScript script, ShellCommand wait) =>
        script.Flow.After(wait).Any(after => after.Place.Loop || LaunchReader.Read(after) is not null || after.IsRequeue() || after.Name is "sleep");
}
