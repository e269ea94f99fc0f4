using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A trap that requeues at once.</summary>
internal static class ProgramNotTold
{
    public static LintRule Rule { get; } = new("CAIRN049", Level.Note, "the program is not told before the requeue", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Wishes.Warning is not { ToBatchShell: true } warning || script.Flow.TrapOf(warning.Signal) is not { } trap
            || script.Flow.Main is not { Command.Place.Background: true } main || trap.Actions.FirstOrDefault(action => action.IsRequeue()) is not { } requeue
            || !trap.Actions.All(SaysNothingToTheProgram))
            yield break;
        yield return new(
            trap.Line,
            main.Srun is null
                ? $"The trap requeues (line {requeue.Line}), which kills {main.Name} at once: it hears nothing of the warning before that, and loses what it did since its last checkpoint."
                : $"The trap requeues (line {requeue.Line}), which ends the job: {main.Name} hears TERM instead of the warning, and where it does not save at that, it loses what it did since its last checkpoint.",
            "Signal the program and wait for it before the requeue: kill -USR1 $pid; wait $pid; scontrol requeue ...");
    }

    private static bool SaysNothingToTheProgram(ShellCommand action) =>
        action.Name is "echo" or "printf" or "date" or "logger" or "scontrol" or "exit" or "return" or "local" or "trap" or "true" or ":" or "[" or "[[" or "test" or "hostname"
        || action.Words.Count == 0;
}
