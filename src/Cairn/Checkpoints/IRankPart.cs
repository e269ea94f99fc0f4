namespace Cairn.Checkpoints;

/// <summary>
/// A part of which each rank has a small state of its own (<see cref="TrainingRun.TrackPerRank"/>), and which can share out anew what another
/// number of ranks has saved. <c>run.Track(name, part)</c> takes it for what it is.
/// </summary>
/// <remarks>
/// As many ranks as saved get back each its own state, by <see cref="ICheckpointPart.Restore"/>. Another number calls <see cref="Adopt"/> on each
/// rank, with the states of all that saved, in the order of the ranks.
/// </remarks>
public interface IRankPart : ICheckpointPart
{
    /// <summary>Compares the states that another number of ranks has saved with what this part could take over, and changes nothing.</summary>
    /// <param name="saved">All of them, in the order of the ranks.</param>
    /// <param name="rank">This process's rank.</param>
    /// <param name="size">The number of ranks now.</param>
    /// <returns>One sentence a difference, without the part's name. Default: none, so that <see cref="Adopt"/> must take whatever there is.</returns>
    IEnumerable<string> FindDifferences(IReadOnlyList<PartRecord> saved, int rank, int size) => [];

    /// <summary>Takes over what another number of ranks has saved. Called only when there was no difference.</summary>
    /// <param name="saved">All states, in the order of the ranks. Of a part that was the same on all ranks each is that one.</param>
    /// <param name="rank">This process's rank.</param>
    /// <param name="size">The number of ranks now.</param>
    /// <exception cref="CairnException">The bytes on disk are not what the commit record says; the store goes on with an older checkpoint.</exception>
    void Adopt(IReadOnlyList<PartReader> saved, int rank, int size);
}
