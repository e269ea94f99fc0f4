using System.Collections.Immutable;
using Cairn.Checkpoints.Writing;

namespace Cairn.Checkpoints.Shares;

/// <summary>This rank's states of the parts of which each rank has its own, as they are now.</summary>
/// <param name="Parts">The parts and their states, in the order in which they were tracked.</param>
/// <param name="Bytes">The states as they are told and written (<see cref="RankState"/>).</param>
internal sealed record OwnStates(ImmutableArray<(string Name, PartState State)> Parts, IReadOnlyList<byte[]> Bytes)
{
    /// <summary>Takes them. That is short work, and done before the rest of the state is copied.</summary>
    /// <param name="parts">All parts of the run.</param>
    /// <exception cref="ArgumentException">A name or a value can't be saved.</exception>
    /// <exception cref="UntrackableStateException">One is too long.</exception>
    public static OwnStates Of(IReadOnlyDictionary<string, ICheckpointPart> parts)
    {
        ImmutableArray<(string Name, PartState State)> own = [.. parts.Where(part => part.Value is PerRankPart).Select(part => (part.Key, part.Value.Describe()))];
        foreach (var (name, state) in own)
            SavePlan.CheckValues(name, state.Values);
        return new(own, [.. own.Select(part => RankState.ToBytes(part.Name, part.State))]);
    }
}
