using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.Lint.Rules;

/// <summary>Between Slurm or cairn run and the program stands what has no handler.</summary>
internal static class ParentKeepsWarning
{
    public static LintRule Rule { get; } = new("CAIRN025", Level.Warning, "what stands before the program keeps the warning", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Flow.InFront is not { Between: Between.Parent, BetweenName: { } name } main || Signal(script, main, name) is not { } signal)
            yield break;
        // What cannot be read may look at the status file, as it should below a launcher.
        var mayLook = main.BetweenGiver != Giver.Slurm && main.BetweenIsLauncher && ProgramText(script, main) is null;
        yield return new(
            main.Command.Line,
            main.BetweenGiver switch
            {
                Giver.Cairn => $"cairn run gives {signal} to {name} alone, which does not listen to it: the program below it hears nothing of the warning, and ends without a save{(mayLook ? ", unless it looks at CAIRN_STATUS" : "")}.",
                Giver.CairnBySrun => $"srun passes {signal} of cairn run on to {name}, which gives it to nobody and dies of it; the program below it is killed without a word.",
                _ => $"Slurm sends {signal} to {name}, which passes it on to nobody and dies of it; the program below it is killed without a word.",
            },
            main.BetweenIsLauncher ? LauncherForm.Advice(main) : Advice(main, name))
        {
            Level = mayLook && main.BetweenGiver == Giver.Cairn ? Level.Note : null,
        };
    }

    // What comes to the one between; null where nothing comes, or it is passed on, or the program may learn of it in another way.
    private static string? Signal(LintedScript script, Launch main, string name)
    {
        if (main.BetweenGiver != Giver.Slurm)
        {
            var wrapper = main.BetweenGiver == Giver.Cairn ? main.Wrappers[^1] : main.Wrappers[0];
            return wrapper.WarnWith is not (null or SignalName.Term or SignalName.Int) and { } with && !ReadsStatus(script, main) ? SlurmSignals.Format(with) : null;
        }

        return script.Wishes.Warning is { } warning && (warning.ToBatchShell ? main.ReplacesShell : main.Srun is not null) && (name != "timeout" || warning.Signal != SignalName.Term)
            ? SlurmSignals.Format(warning.Signal)
            : null;
    }

    // The status file tells of the warning without a signal.
    private static bool ReadsStatus(LintedScript script, Launch main) =>
        ProgramText(script, main) is { } program && program.Contains("cairn", StringComparison.OrdinalIgnoreCase);

    private static string? ProgramText(LintedScript script, Launch main) =>
        main.Program.FirstOrDefault(word => word.Text.EndsWith(".py", StringComparison.Ordinal)) is { IsLiteral: true } file ? script.Around.ProgramText(file.Text) : null;

    private static string Advice(Launch main, string name) => name switch
    {
        "dotnet run" => "Build first, and start the program itself: ./bin/train, or dotnet train.dll.",
        "conda run" or "mamba run" => "Activate the environment in the script, and start python itself.",
        "timeout" => "Let --time be the limit, and start the program itself.",
        _ when main.BetweenSeveral && main.BetweenGiver == Giver.Slurm => "Start each of the programs by an srun of its own, one after another.",
        _ when main.BetweenSeveral => "Put exec before the last program and run the others before cairn run; or let them look at CAIRN_STATUS, as the Python helper does.",
        _ when name.EndsWith("-c", StringComparison.Ordinal) => "Put exec before the program, and nothing behind it.",
        _ => "Put exec before the program in it, and nothing behind it.",
    };
}
