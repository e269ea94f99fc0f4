using Cairn.Cli.SlurmForms;

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
        var signal = SignalNames.Format(warning.Signal);
        yield return new(
            trap.Line,
            $"The batch shell traps {signal}, but --signal={directive.Value} goes to the tasks of srun alone: {(warning.Signal == SignalNames.Term ? "the warning never reaches it, and it runs no sooner than the limit, at Slurm's own TERM" : "the trap never runs")}{(script.Flow.Launches.Any(launch => launch.Srun is not null) ? ", and a task that does not expect the signal dies of it" : "")}.",
            $"Write --signal=B:{directive.Value}.",
            // With srun the tasks may want the signal; and in the foreground the trap would wait for the program.
            script.Flow.Main is { Srun: null, Command.Place.Background: true } ? script.SetValue(directive, "B:" + directive.Value) : []);
    }
}
