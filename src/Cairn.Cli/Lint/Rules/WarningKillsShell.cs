using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.Lint.Rules;

/// <summary>--signal=B: without a trap, and without exec.</summary>
internal static class WarningKillsShell
{
    public static LintRule Rule { get; } = new("CAIRN021", Level.Warning, "the warning kills the batch shell", Check);

    /// <summary>Of INT bash does not die while a program in the foreground lives, of QUIT never; other shells do.</summary>
    public static bool Outlives(Launch main, int signal) => signal == SignalName.Quit || (signal == SignalName.Int && main is { Command.Place.Background: false });

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Wishes.Warning is not { ToBatchShell: true } warning || SignalName.IsHarmless(warning.Signal) || script.Find("signal") is not { } directive
            || script.Flow.InFront is not { } main || script.Flow.MayTrapElsewhere || script.Flow.TrapOf(warning.Signal) is not null || Outlives(main, warning.Signal)
            || script.Flow.Launches.TakeWhile(launch => !ReferenceEquals(launch, main)).Append(main).Any(launch => launch.ReplacesShell))
            yield break;
        var signal = SlurmSignals.Format(warning.Signal);
        var withoutPrefix = directive.Value![(directive.Value!.IndexOf(':', StringComparison.Ordinal) + 1)..];
        yield return new(
            main.Command.Line,
            $"B: sends {signal} to the batch shell alone. Nothing traps it there, so it ends the script, and the job is FAILED: {End()}.",
            main is { BetweenIsLauncher: true, UnderCairn: false } ? LauncherForm.Advice(main)
                : main is { Between: Between.Parent, UnderCairn: false } ? $"Take {main.BetweenName} away, and {(main.Srun is null ? "put exec before the program, which then hears the signal itself" : $"write --signal={withoutPrefix}: then the tasks of srun hear it")}."
                : main.Srun is null || main.UnderCairn ? "Put exec before the program, which then hears the signal itself." : $"Write --signal={withoutPrefix}: then the tasks of srun hear it.",
            Fix());

        string End() => main.Srun is null || main.UnderCairn
            ? $"{main.Name} ends with it, before anything was saved"
            : $"{main.Name} hears no warning, but at once TERM, and is killed KillWait later (30 s as a rule)";

        IReadOnlyList<LineEdit> Fix()
        {
            if (main is { Srun: not null, UnderCairn: false, Between: Between.Nothing })
                return script.SetValue(directive, withoutPrefix);
            // exec leaves nothing behind: no later command, no trap of EXIT.
            var isLast = ReferenceEquals(script.Flow.Commands[^1], main.Command) && script.Flow.Commands.All(command => command.Name != "trap");
            var hears = main.UnderCairn || main.Between == Between.Nothing;
            return isLast && hears && main.Command.Place == default && !main.MayStartSteps ? script.InsertBefore(main.Command.Words[0], "exec") : [];
        }
    }
}
