namespace Cairn.Checkpoints.Shares;

/// <summary>
/// A part of which every rank has a small state of its own, a random generator say. Ranks that save together keep all of them in one file; one
/// process that saves alone keeps its own as that of any part.
/// </summary>
/// <param name="part">This rank's.</param>
/// <param name="rank">Which rank this is.</param>
/// <param name="size">How many there are.</param>
/// <param name="adopt">Puts back what was saved by another number of ranks: given all states, in the order of the ranks. Null where that can't be done.</param>
/// <param name="findDifferences">Says why that can't be done with these states; null where it always can.</param>
internal sealed class PerRankPart(
    ICheckpointPart part,
    int rank,
    int size,
    Action<IReadOnlyList<PartReader>>? adopt = null,
    Func<IReadOnlyList<PartRecord>, IEnumerable<string>>? findDifferences = null) : ICheckpointPart, IPutsBackSome
{
    /// <summary>How many ranks there are.</summary>
    public int Size => size;

    /// <inheritdoc/>
    public bool PutsBackSome => part is IPutsBackSome { PutsBackSome: true };

    /// <inheritdoc/>
    public PartState Describe() => part.Describe();

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved) => part.FindDifferences(saved);

    /// <summary>Compares with what was saved by ranks.</summary>
    public IEnumerable<string> FindDifferences(SavedRanks saved)
    {
        if (saved.Count == size)
            return part.FindDifferences(saved[rank].Record);
        return adopt is null
            ? [$"it was saved by {Ranks(saved.Count)}{(saved.Count == 1 ? "" : ", each its own state,")} and there {(size == 1 ? "is" : "are")} {Ranks(size)} now: go on with {saved.Count}, or let it take the states over ({nameof(IRankPart)}.{nameof(IRankPart.Adopt)})"]
            : findDifferences?.Invoke([.. saved.All().Select(one => one.Record)]) ?? [];
    }

    /// <inheritdoc/>
    public void Restore(PartReader saved) => part.Restore(saved);

    /// <summary>Puts back what was saved by ranks.</summary>
    public void Restore(SavedRanks saved)
    {
        if (saved.Count == size)
            part.Restore(saved[rank]);
        else
            adopt!(saved.All());
    }

    /// <inheritdoc/>
    public bool IsSetting(string name) => part.IsSetting(name);

    /// <inheritdoc/>
    public void OnStepBegin(long step) => part.OnStepBegin(step);

    /// <inheritdoc/>
    public IEnumerable<string> TakeRemarks() => part.TakeRemarks();

    private static string Ranks(int count) => count == 1 ? "one rank" : $"{count} ranks";
}
