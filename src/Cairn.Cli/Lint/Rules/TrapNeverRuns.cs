using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A trap in the batch shell for a signal that only tasks get.</summary>
internal static class TrapNeverRuns
{
    public static LintRule Rule { get; } = new("CAIRN026", Level.Warning, "the trap never hears the warning", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Wishes.Warning is not { ToBatchShell: false } warning || script.Find("signal") is not { } directive
            || script.Flow.TrapOf(warning.Signal) is not { Ignores: false } trap)
            yield break;
        var signal = SlurmSignals.Format(warning.Signal);
        // bash runs no trap before a plain program in the foreground has ended, and nobody tells that.
        var waits = script.Flow.InFront is { Srun: null, MayStartSteps: false, UnderCairn: false, Command.Place.Background: false } ? script.Flow.InFront : null;
        var consequence = warning.Signal != SignalName.Term ? "the trap never runs"
            : waits is null ? "the warning never reaches it, and it runs no sooner than the limit, at Slurm's own TERM"
            : $"the warning never reaches it, and at the limit bash still waits for {waits.Name}, so that both are killed and the trap has not run";
        var tasks = script.Flow.Launches.Any(launch => launch.Srun is not null) ? ", and a task that does not expect the signal dies of it" : "";
        yield return new(
            trap.Line,
            $"The batch shell traps {signal}, but --signal={directive.Value} goes to the tasks of srun alone: {consequence}{tasks}.",
            $"Write --signal=B:{directive.Value}{(waits is null ? "" : $", start {waits.Name} with & and wait for it")}.",
            // With srun the tasks may want the signal; and in the foreground the trap would wait for the program.
            script.Flow.Main is { Srun: null, Command.Place.Background: true } ? script.SetValue(directive, "B:" + directive.Value) : []);
    }
}
