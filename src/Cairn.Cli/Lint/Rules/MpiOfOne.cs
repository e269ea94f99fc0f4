using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint.Rules;

/// <summary>srun of a program that uses MPI, in several tasks, without --mpi.</summary>
internal static class MpiOfOne
{
    public static LintRule Rule { get; } = new("CAIRN056", Level.Warning, "without --mpi every task is alone", Check);

    private static readonly string[] Modules = ["openmpi", "mpich", "mvapich2"];

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        var usual = script.Around.Steps.MpiType;
        if (usual is not (null or "none") || script.Sets("SLURM_MPI_TYPE") || script.Sets("I_MPI_PMI_LIBRARY"))
            yield break;
        foreach (var launch in script.StepsOfSeveral().Where(launch => launch.SrunOptions.ValueOf("--mpi") is null))
        {
            if (Sign(script, launch, usual) is not { } sign)
                continue;
            var why = usual is null ? "Where the cluster's MpiDefault is none, srun" : "MpiDefault is none here, and srun";
            yield return new(
                launch.Command.Line,
                $"{why} without --mpi tells an MPI nothing ({sign}): MPICH begins in each task as a world of one, so that all are rank 0, and OpenMPI leaves with 1. Only one that is linked with Slurm's own libpmi begins as one world.",
                "Write srun --mpi=TYPE with a type that `srun --mpi=list` names: pmi2 for MPICH, pmix for OpenMPI.")
            {
                // What a module sets is not seen.
                Level = usual is null || LoadsModules(script) ? Level.Note : Level.Warning,
            };
        }
    }

    // A module alone does not show it of a program in Python, and with an MpiDefault that is not known it would be a guess.
    private static string? Sign(LintedScript script, Launch launch, string? usual) =>
        TogetherTraining.LoadsMpi(script, launch) is { } file ? $"{file} imports mpi4py"
        : usual is not null && IsBuiltHere(launch) && MpiModule(script) is { } module ? $"the module {module} is loaded"
        : null;

    private static bool IsBuiltHere(Launch launch) =>
        launch.Program is [{ IsLiteral: true } first, ..] && first.Text.Contains('/', StringComparison.Ordinal) && Path.GetExtension(first.Text) is "" or ".x" or ".exe";

    private static string? MpiModule(LintedScript script) =>
        script.Flow.Commands.Where(IsModule).SelectMany(command => command.Arguments)
            .FirstOrDefault(word => Array.Exists(Modules, name => word.Split('/')[0].Equals(name, StringComparison.OrdinalIgnoreCase)));

    private static bool LoadsModules(LintedScript script) => script.Flow.Commands.Any(command => IsModule(command) || command.Name is "source" or "." or "spack");

    private static bool IsModule(ShellCommand command) => command.Name is "module" or "ml";
}
