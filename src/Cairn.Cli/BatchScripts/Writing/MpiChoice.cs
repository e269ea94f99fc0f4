namespace Cairn.Cli.BatchScripts.Writing;

/// <summary>What srun is to be told of MPI where the site is to say it.</summary>
internal static class MpiChoice
{
    /// <summary>The value that asks the site.</summary>
    public const string Auto = "auto";

    // Which one it is depends on the MPI that the program is linked with: nobody can tell from here.
    private static readonly string[] Candidates = ["pmi2", "pmix"];

    /// <param name="asked">The setting.</param>
    /// <param name="usual">MpiDefault; null where it is not known.</param>
    /// <param name="types">What srun --mpi=list names; empty where it does not say.</param>
    /// <exception cref="UsageException">It is not one alone.</exception>
    public static Given Resolve(Given asked, string? usual, IReadOnlyList<string> types)
    {
        if (usual is not (null or "none"))
            return asked with { Text = usual };
        return Candidates.Where(types.Contains).ToArray() switch
        {
            [var only] => asked with { Text = only },
            [] => throw new UsageException($"{asked.Where} {Auto}: there is no srun here that names pmi2 or pmix. Say which it is: pmi2 for MPICH, pmix for OpenMPI."),
            _ => throw new UsageException($"{asked.Where} {Auto}: srun has both pmi2 and pmix here, and MpiDefault is {usual ?? "not known"}. Say which it is: pmi2 for MPICH, pmix for OpenMPI."),
        };
    }
}
