namespace Cairn.Checkpoints.Shares;

/// <summary>
/// A part of which every rank has a small state of its own, a random generator say. Ranks that save together keep all of them in one file; one
/// process that saves alone keeps its own as that of any part.
/// </summary>
/// <param name="part">This rank's.</param>
/// <param name="rank">Which rank this is.</param>
/// <param name="size">How many there are.</param>
/// <param name="adopt">Puts back what was saved by another number of ranks: given all states, in the order of the ranks. Null where that can't be done.</param>
internal sealed class PerRankPart(ICheckpointPart part, int rank, int size, Action<IReadOnlyList<PartReader>>? adopt = null) : ICheckpointPart
{
    /// <summary>How many ranks there are.</summary>
    public int Size => size;

    /// <inheritdoc/>
    public PartState Describe() => part.Describe();

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved) => part.FindDifferences(saved);

    /// <summary>Compares with what was saved by ranks.</summary>
    public IEnumerable<string> FindDifferences(SavedRanks saved) => saved.Count == size
        ? part.FindDifferences(saved[rank].Record)
        : adopt is not null ? [] : [$"each of {saved.Count} ranks had a state of its own of it, and there are {size} now: go on with {saved.Count}"];

    /// <inheritdoc/>
    public void Restore(PartReader saved) => part.Restore(saved);

    /// <summary>Puts back what was saved by ranks.</summary>
    public void Restore(SavedRanks saved)
    {
        if (saved.Count == size)
            part.Restore(saved[rank]);
        else
            adopt!([.. Enumerable.Range(0, saved.Count).Select(one => saved[one])]);
    }

    /// <inheritdoc/>
    public bool IsSetting(string name) => part.IsSetting(name);

    /// <inheritdoc/>
    public void OnStepBegin(long step) => part.OnStepBegin(step);

    /// <inheritdoc/>
    public IEnumerable<string> TakeRemarks() => part.TakeRemarks();
}
