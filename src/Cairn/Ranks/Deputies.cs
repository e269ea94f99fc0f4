namespace Cairn.Ranks;

/// <summary>Who stands in for rank 0 where it is gone, in their order. A pure function, so that every rank comes to the same by itself.</summary>
internal static class Deputies
{
    private const int Most = 3;

    /// <summary>
    /// The first rank of each other node: what takes rank 0 away may take all of its node (its memory is used up, its power fails). Then those beside it.
    /// </summary>
    /// <param name="nodes">For each rank the number of its node; empty where that is not known yet.</param>
    /// <param name="size">How many ranks there are.</param>
    public static IReadOnlyList<int> Of(IReadOnlyList<int> nodes, int size)
    {
        var others = Enumerable.Range(1, size - 1);
        if (nodes.Count != size)
            return [.. others.Take(Most)];
        var elsewhere = others.Where(rank => nodes[rank] != nodes[0]).DistinctBy(rank => nodes[rank]);
        return [.. elsewhere.Concat(others).Distinct().Take(Most)];
    }
}
