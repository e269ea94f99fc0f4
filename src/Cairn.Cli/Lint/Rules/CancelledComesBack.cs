using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A trap of TERM that requeues.</summary>
internal static class CancelledComesBack
{
    public static LintRule Rule { get; } = new("CAIRN046", Level.Warning, "a cancelled job comes back", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Flow.TrapOf(SignalNames.Term) is not { } trap || trap.Actions.FirstOrDefault(action => action.IsRequeue()) is not { Place.Conditional: false } requeue)
            yield break;
        yield return new(
            trap.Line,
            $"scancel sends TERM too: the trap requeues (line {requeue.Line}), and nobody gets rid of the job.",
            "Trap the warning signal alone; or requeue only while the job is RUNNING: scontrol show job says CANCELLED or COMPLETING with Reason=None after scancel.");
    }
}
