using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A trap that requeues before the program has saved.</summary>
internal static class ProgramNotTold
{
    public static LintRule Rule { get; } = new("CAIRN049", Level.Warning, "the requeue kills the program before it has saved", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Wishes.Warning is not { ToBatchShell: true } warning || script.Flow.TrapOf(warning.Signal) is not { } trap
            || script.Flow.Main is not { Command.Place.Background: true } main || trap.Actions.FirstOrDefault(action => action.IsRequeue()) is not { } requeue)
            yield break;
        var before = trap.Actions.TakeWhile(action => !ReferenceEquals(action, requeue)).ToArray();
        if (Array.FindLast(before, action => action.Tells()) is { } told)
        {
            if (before.SkipWhile(action => !ReferenceEquals(action, told)).All(action => action.Tells() || IsQuick(action)))
                yield return new(trap.Line, $"The trap tells {main.Name} (line {told.Line}) and requeues at once (line {requeue.Line}), which kills it in the middle of its save.", Advice);
        }
        else if (before.All(action => IsQuick(action) || action.Name == "sleep"))
        {
            yield return new(
                trap.Line,
                main.Srun is null
                    ? $"The trap requeues (line {requeue.Line}), which kills {main.Name} at once: it hears nothing of the warning before that, and loses what it did since its last checkpoint."
                    : $"The trap requeues (line {requeue.Line}), which ends the job: {main.Name} hears TERM instead of the warning, and where it does not save at that, it loses what it did since its last checkpoint.",
                Advice)
            {
                // It may save by its own schedule often enough.
                Level = Level.Note,
            };
        }
    }

    private const string Advice = "Signal the program and wait for it before the requeue: kill -USR1 $pid; wait $pid; scontrol requeue ...";

    // Over in a moment, and nothing that the program would hear of. A file may be what it waits for, but it gets no time to act on it.
    private static bool IsQuick(ShellCommand action) =>
        action.Words.Count == 0 || (action.Name is { } name && Utilities.Contains(name) && name is not ("eval" or "source" or "." or "read" or "ssh" or "cp" or "rsync" or "mv" or "tar" or "scp") && !action.Waits());
}
