using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint.Rules;

/// <summary>Slurm's signal goes to a launcher, not to the program that it started.</summary>
internal static class ParentKeepsWarning
{
    public static LintRule Rule { get; } = new("CAIRN025", Level.Warning, "what stands before the program keeps the warning", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Wishes.Warning is not { } warning || script.Flow.Main is not { Between: Between.Parent, UnderCairn: false, BetweenName: { } name } main
            || !(warning.ToBatchShell ? main.ReplacesShell : main.Srun is not null)
            || (name == "timeout" && warning.Signal == SignalNames.Term))
            yield break;
        var signal = SignalNames.Format(warning.Signal);
        yield return new(
            main.Command.Line,
            $"Slurm sends {signal} to {name}, which passes it on to nobody and dies of it; the program below it is killed without a word.",
            Advice(name, warning.ToBatchShell));
    }

    private static string Advice(string name, bool toBatchShell) => name switch
    {
        "dotnet run" => "Build first, and start the program itself: srun ./bin/train, or srun dotnet train.dll.",
        "conda run" or "mamba run" => "Activate the environment in the script, and start python itself.",
        "timeout" => "Let --time be the limit, and start the program itself.",
        _ when name.EndsWith("-c", StringComparison.Ordinal) => "Put exec before the program, and nothing behind it.",
        _ => $"Start one task for each process with srun itself, or put a wrapper there that passes the signal on: {(toBatchShell ? "exec " : "srun ")}cairn run -- ...",
    };
}
