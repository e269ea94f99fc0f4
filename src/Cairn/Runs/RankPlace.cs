using Cairn.Slurm;

namespace Cairn.Runs;

/// <summary>This process among the ranks that were started together: Slurm's tasks, or what another launcher has started, as the host of the library tells.</summary>
/// <param name="Rank">From 0.</param>
/// <param name="WorldSize">How many there are.</param>
/// <param name="Launch">What names this start of them and no other one: the job step, or the host's own word. Null for one process alone.</param>
/// <param name="IsTold">Whether the host tells: then a launcher is in between, to whom each exit code but 0 is a failure of its own.</param>
internal sealed record RankPlace(int Rank, int WorldSize, string? Launch, bool IsTold)
{
    /// <summary>Where the host tells nothing.</summary>
    public static RankPlace Of(SlurmJob? job) => new(job?.Rank ?? 0, job?.WorldSize ?? 1, job?.Step, IsTold: false);

    /// <summary>What the host tells.</summary>
    /// <exception cref="ArgumentException">There can be no such place.</exception>
    public static RankPlace Told(int rank, int worldSize, string? launch)
    {
        if (worldSize < 1 || rank < 0 || rank >= worldSize)
            throw new ArgumentException($"there is no rank {rank} of {worldSize}");
        if (worldSize > 1 && string.IsNullOrEmpty(launch))
            throw new ArgumentException("several ranks find each other by what the option launch says: a text that is the same on all, and another one at each start");
        return new(rank, worldSize, worldSize > 1 ? launch : null, IsTold: worldSize > 1);
    }

    /// <summary>Whether all are on one machine, as far as is known.</summary>
    public bool IsOneMachine(Func<string, string?> variable) => IsTold
        ? variable("LOCAL_WORLD_SIZE") is { } local && local == variable("WORLD_SIZE")
        : variable("SLURM_STEP_NUM_NODES") == "1";
}
