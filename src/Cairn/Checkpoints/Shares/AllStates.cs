using System.Collections.Immutable;

namespace Cairn.Checkpoints.Shares;

/// <summary>All ranks' states of the parts of which each has its own, at one step: with them one process can write what several have.</summary>
/// <param name="own">The parts, and rank 0's state of each.</param>
/// <param name="size">How many ranks there are.</param>
/// <param name="came">What ranks have told.</param>
internal sealed class AllStates(ImmutableArray<(string Name, PartState State)> own, int size, IEnumerable<RankStates> came)
{
    private readonly byte[]?[][] states = InOrder(own.Length, size, came);

    /// <summary>Where no part is of that kind.</summary>
    public static AllStates None { get; } = new([], 1, []);

    /// <summary>The parts, and rank 0's state of each.</summary>
    public ImmutableArray<(string Name, PartState State)> Own => own;

    /// <summary>The first rank of which a state is missing, and of which part; null when all are there.</summary>
    public string? Problem => own.Length > 0 && Array.FindIndex(states[0], one => one is null) is >= 0 and var rank
        ? $"rank {rank} has sent no state of its own of '{own[0].Name}'"
        : null;

    /// <summary>The files with them, one a part. Written last: they are small.</summary>
    /// <param name="segment">Where files are cut.</param>
    /// <exception cref="ShareFailedException">A state is missing.</exception>
    public IReadOnlyList<RankFile> Files(long segment) => Problem is { } problem
        ? throw new ShareFailedException(problem, isFull: false)
        : [.. own.Select((part, i) => new RankFile(part.Name, states[i]!, segment))];

    private static byte[]?[][] InOrder(int parts, int size, IEnumerable<RankStates> came)
    {
        byte[]?[][] byPart = [.. Enumerable.Range(0, parts).Select(_ => new byte[]?[size])];
        foreach (var one in came)
        {
            if ((uint)one.Rank >= (uint)size || one.States.Count != parts)
                continue;
            for (var i = 0; i < parts; i++)
                byPart[i][one.Rank] = one.States[i];
        }

        return byPart;
    }
}
