using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint.Rules;

/// <summary>--signal without B: goes to the tasks of srun, and the program is none.</summary>
internal static class WarningMissesProgram
{
    public static LintRule Rule { get; } = new("CAIRN020", Level.Warning, "the warning never reaches the program", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Wishes.Warning is not { ToBatchShell: false } warning || script.Find("signal") is not { } directive
            || script.Flow.Main is not { UnderCairn: false, Srun: null } main || script.Flow.Launches.Any(launch => launch.Hears(toBatchShell: false) is not false))
            yield break;
        // A trap wants the signal for the shell: that is another flaw.
        if (script.Flow.TrapOf(warning.Signal) is { Ignores: false })
            yield break;
        var signal = SignalNames.Format(warning.Signal);
        if (main.ReplacesShell)
        {
            yield return new(
                main.Command.Line,
                $"{signal} goes to the tasks of srun. exec made {main.Name} the batch shell, which hears no --signal without B:.",
                "Write --signal=B:" + directive.Value + ", or put srun before the program.",
                script.SetValue(directive, "B:" + directive.Value));
            yield break;
        }

        yield return new(
            main.Command.Line,
            $"{signal} goes to the tasks of srun, and {main.Name} is none but a child of the batch shell: it hears nothing, and at the limit it is killed without a word.",
            main.Between == Between.Parent ? $"Put srun before the program itself, without {main.BetweenName}, which would die of the signal." : "Put srun before the program.",
            CanBecomeTask(script, main) ? script.InsertBefore(main.Command.Words[0], "srun") : []);
    }

    // srun starts a program once for each task: with several the change would not be safe.
    private static bool CanBecomeTask(LintedScript script, Launch main) =>
        script.Wishes.IsOneTask && main.Between == Between.Nothing && main.Command.Place.Function is null && !main.Command.Words[0].Text.EndsWith("env", StringComparison.Ordinal)
        && main.Command.Name is not ("nohup" or "setsid" or "command" or "builtin");
}
