using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Cairn.Checkpoints.Writing;

namespace Cairn.Checkpoints.Shares;

/// <summary>Which rank writes what of a checkpoint. A pure function of sizes and places, so that every rank comes to the same by itself.</summary>
/// <param name="NodeOf">For each rank the number of its node.</param>
/// <param name="OneWriterPerFile">
/// Whether a file goes whole to one rank: for file systems on which several machines should not write one file at a time. The bytes are
/// the same, the shares coarser.
/// </param>
internal sealed record ShareRules(ImmutableArray<int> NodeOf, bool OneWriterPerFile = false)
{
    /// <summary>The rank that writes each segment, by the segments' numbers.</summary>
    /// <remarks>
    /// In order, by bytes. There is at most one writer for each full segment's length of the whole state: what is small is not worth the
    /// waiting for many. Of many ranks few write, and those are spread over the nodes. What is <see cref="PartTensor.OfFirstRank"/> rank 0 writes,
    /// with all that lies in the same segment.
    /// </remarks>
    public int[] WritersOf(SavePlan plan)
    {
        var (total, writerOf) = (plan.PayloadBytes, new int[plan.Segments.Length]);
        var worthIt = (int)Math.Clamp((total + plan.Limits.Segment - 1) / plan.Limits.Segment, 1, NodeOf.Length);
        var writers = Spread(OneWriterPerFile ? Math.Clamp(plan.Files.Length, 1, worthIt) : worthIt);

        // What goes to one writer in any case; first in the order what rank 0 must write.
        var before = 0L;
        foreach (var (start, end, length, isOfFirstRank) in Units(plan).OrderBy(unit => !unit.IsOfFirstRank))
        {
            var middle = (before + (length / 2.0)) / total;
            writerOf.AsSpan(start..end).Fill(isOfFirstRank ? 0 : writers[Math.Min((int)(middle * writers.Length), writers.Length - 1)]);
            before += length;
        }

        return writerOf;
    }

    /// <summary>
    /// The segment that a rank hashes, though another writes it, to find replicas that have drifted apart. Another one each time: after as many
    /// saves as there are segments a rank has compared all that it does not write.
    /// </summary>
    /// <param name="writers">Who writes the segments.</param>
    /// <param name="rank">Which rank.</param>
    /// <param name="save">Which of the saves in which that is done, from 0.</param>
    /// <returns>The segment's number; null for a rank that writes all of them.</returns>
    public static int? ReplicaOf(int[] writers, int rank, long save)
    {
        int[] others = [.. Enumerable.Range(0, writers.Length).Where(number => writers[number] != rank)];
        return others.Length == 0 ? null : others[(int)((save + rank) % others.Length)];
    }

    private IEnumerable<(int Start, int End, long Length, bool IsOfFirstRank)> Units(SavePlan plan)
    {
        var next = 0;
        while (next < plan.Segments.Length)
        {
            var (start, length, isOfFirstRank) = (next, 0L, false);
            next = OneWriterPerFile ? plan.FirstSegmentOf(plan.Segments[start].File + 1) : start + 1;
            for (var i = start; i < next; i++)
            {
                length += plan.Segments[i].Length;
                isOfFirstRank |= plan.IsOfFirstRank(i);
            }

            yield return (start, next, length, isOfFirstRank);
        }
    }

    // The first rank of every node, then the second of every node, and so on; as many as there are to be, in their order.
    private int[] Spread(int count)
    {
        var (turns, inNode) = (new List<(int Turn, int Rank)>(NodeOf.Length), new Dictionary<int, int>());
        for (var rank = 0; rank < NodeOf.Length; rank++)
            turns.Add((CollectionsMarshal.GetValueRefOrAddDefault(inNode, NodeOf[rank], out _)++, rank));
        turns.Sort();
        int[] ranks = [.. turns.Take(count).Select(one => one.Rank)];
        Array.Sort(ranks);
        return ranks;
    }
}
