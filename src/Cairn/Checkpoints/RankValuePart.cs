namespace Cairn.Checkpoints;

/// <summary>A plain value of which each rank has its own, and that another number of ranks shares out anew.</summary>
/// <typeparam name="T">A type that <see cref="PlainValue"/> knows.</typeparam>
/// <param name="get">Reads it.</param>
/// <param name="set">Puts it back.</param>
/// <param name="adopt">What this rank begins with, given the values of all that saved, in the order of the ranks.</param>
internal sealed class RankValuePart<T>(Func<T> get, Action<T> set, Func<IReadOnlyList<T>, T> adopt) : IRankPart
{
    private readonly ValuePart<T> value = new(get, set);

    /// <inheritdoc/>
    public PartState Describe() => value.Describe();

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved) => value.FindDifferences(saved);

    /// <inheritdoc/>
    public void Restore(PartReader saved) => value.Restore(saved);

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(IReadOnlyList<PartRecord> saved, int rank, int size) => saved.SelectMany(value.FindDifferences).Distinct();

    /// <inheritdoc/>
    public void Adopt(IReadOnlyList<PartReader> saved, int rank, int size) => set(adopt([.. saved.Select(one => ValuePart<T>.Load(one.Record))]));
}
