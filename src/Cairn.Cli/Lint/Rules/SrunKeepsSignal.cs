using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A trap, or timeout, sends srun what it does not pass on.</summary>
internal static class SrunKeepsSignal
{
    public static LintRule Rule { get; } = new("CAIRN033", Level.Warning, "srun does not pass the signal on", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        foreach (var (trap, kill) in Kills(script).DistinctBy(pair => pair.Kill.Line))
        {
            if (ScriptFlow.SignalOf(kill) is not { } signal || script.Flow.TargetsOf(kill).FirstOrDefault(launch => launch.Srun is not null) is not { } target || Consequence(signal, target) is not { } consequence)
                continue;
            var right = trap.Signals.FirstOrDefault(one => one is SignalName.Usr1 or SignalName.Usr2, SignalName.Usr1);
            yield return new(kill.Line, consequence, $"Send what srun passes on, and let the program listen to that: kill -{SlurmSignals.Format(right)} $pid.");
        }

        if (!script.WantsToSave())
            yield break;
        if (script.Wishes.Warning is { ToBatchShell: true } warning && script.Find("signal") is { } directive
            && script.Flow.Launches.FirstOrDefault(launch => launch.ReplacesShell) is { Srun: not null, UnderCairn: false } inPlace && Consequence(warning.Signal, inPlace) is { } end)
        {
            yield return new(
                inPlace.Command.Line,
                $"exec puts srun into the batch shell's place, where B: sends {SlurmSignals.Format(warning.Signal)}. {end}",
                $"Write --signal={directive.Value![(directive.Value!.IndexOf(':', StringComparison.Ordinal) + 1)..]}, without B:, which the tasks of srun hear themselves; or USR1, which srun passes on.");
        }

        foreach (var launch in script.Flow.Launches)
        {
            if (launch is { TimeoutSends: { } sent, Srun: not null } && Consequence(sent, launch) is { } consequence)
                yield return new(launch.Command.Line, $"When the time of timeout is over it sends srun {SlurmSignals.Format(sent)}. {consequence}", "Write timeout --signal=USR2, which srun passes on, and let the program listen to that; or --signal=USR2@120 in a directive, without timeout.");
        }
    }

    // Those of the warning, or of what people take for one; what cleans up behind the program may end it so.
    private static IEnumerable<(Trap Trap, ShellCommand Kill)> Kills(LintedScript script) =>
        from trap in script.Flow.Traps
        where trap.Signals.Any(signal => signal is SignalName.Usr1 or SignalName.Usr2 || signal == script.Wishes.Warning?.Signal) || (trap.Signals.Contains(SignalName.Term) && trap.Actions.Any(action => action.IsRequeue()))
        from action in trap.Actions
        where action.Name is "kill" or "pkill" or "killall"
        select (trap, action);

    private static string? Consequence(int signal, Launch launch) => signal switch
    {
        SignalName.Term or SignalName.Hup or 3 or SignalName.Kill =>
            $"srun does not pass {SlurmSignals.Format(signal)} on but ends the step (\"forcing job termination\"): {launch.Name} is killed within a second, before it could save.",
        SignalName.Int => $"srun keeps a first INT for itself and asks for a second one: {launch.Name} hears nothing of it.",
        _ => null,
    };
}
