using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;
using Cairn.Posix;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A trap of TERM that requeues.</summary>
internal static class CancelledComesBack
{
    public static LintRule Rule { get; } = new("CAIRN046", Level.Warning, "a cancelled job comes back", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        var trap = script.Flow.TrapOf(SignalName.Term);
        // A plain child in the foreground keeps the trap waiting until both are killed; and whether something else starts steps, which are told of the end, is not known.
        if (trap is not null && script.Flow.InFront is not { Srun: null, Command.Place.Background: false })
        {
            foreach (var flaw in Of(script, trap, "scancel sends TERM too: the trap").Concat(ByFlag(script, trap)))
                yield return flaw;
        }

        if (script.Flow.Traps.LastOrDefault(one => one.OnExit) is { } onExit && !ReferenceEquals(onExit, trap))
        {
            foreach (var flaw in Of(script, onExit, "bash runs the EXIT trap when scancel's TERM ends it, too: it"))
                yield return flaw;
        }
    }

    // The trap sets a variable, and the requeue behind the program asks for it.
    private static IEnumerable<Flaw> ByFlag(LintedScript script, Trap trap)
    {
        var flags = trap.Actions.SelectMany(action => action.Assignments).Select(set => "$" + set.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var requeue in script.Flow.Commands.Where(command => command.IsRequeue()))
        {
            // As it is written: what the script had put into the variable before is not what the trap puts there.
            if (ScriptFlow.ConditionsOf(script.Flow.Commands, requeue).SelectMany(condition => condition.Words).FirstOrDefault(word => flags.Contains(Bare(word.Raw))) is { } flag)
            {
                yield return new(
                    trap.Line,
                    $"scancel sends TERM too: the trap sets what line {requeue.Line} requeues by ({Bare(flag.Raw)}), and nobody gets rid of the job.",
                    "Set it in the trap of the warning signal alone, and give TERM a trap that does not.");
            }
        }
    }

    private static string Bare(string raw) => raw.Trim('"').Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);

    private static IEnumerable<Flaw> Of(LintedScript script, Trap trap, string who)
    {
        if (trap.Actions.FirstOrDefault(action => (action.IsRequeue() || action.SubmitsItself(script.Path)) && (!action.Place.Conditional || ScriptFlow.ConditionsOf(trap.Actions, action) is { Count: > 0 } conditions && conditions.All(Counts))) is { } requeue)
        {
            yield return new(
                trap.Line,
                requeue.IsRequeue()
                    ? $"{who} requeues (line {requeue.Line}), and nobody gets rid of the job."
                    : $"{who} submits the script again (line {requeue.Line}), and nobody gets rid of it.",
                !requeue.IsRequeue() ? "Trap the warning signal alone; in a trap of EXIT look at the code first: trap 'code=$?; [[ $code -eq 75 ]] && sbatch ...' EXIT."
                    : "Trap the warning signal alone; or requeue only while the job is RUNNING: scontrol show job says CANCELLED or COMPLETING with Reason=None after scancel.");
        }
    }

    // A number of attempts says nothing of who wants the job to stop.
    private static bool Counts(ShellCommand condition) =>
        (condition.Name is "[" or "[[" or "test" && condition.Arguments.Any(word => word is "-lt" or "-le" or "-gt" or "-ge" or "<" or ">" || word.Contains("RESTART_COUNT", StringComparison.Ordinal)))
        || (condition.Name == ShellCommand.Arithmetic && condition.Arguments.Any(text => text.AsSpan().ContainsAny("<>")));
}
