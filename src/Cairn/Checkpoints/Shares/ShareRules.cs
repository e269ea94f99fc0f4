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
    /// waiting for many. Of many ranks few write, and those are spread over the nodes.
    /// </remarks>
    public int[] WritersOf(SavePlan plan)
    {
        var (total, writerOf) = (plan.PayloadBytes, new int[plan.Segments.Length]);
        var worthIt = (int)Math.Clamp((total + plan.Limits.Segment - 1) / plan.Limits.Segment, 1, NodeOf.Length);
        var writers = Spread(OneWriterPerFile ? Math.Clamp(plan.Files.Length, 1, worthIt) : worthIt);
        var (before, next) = (0L, 0);
        while (next < writerOf.Length)
        {
            // What goes to one writer in any case.
            var end = OneWriterPerFile ? plan.FirstSegmentOf(plan.Segments[next].File + 1) : next + 1;
            var length = 0L;
            for (var i = next; i < end; i++)
                length += plan.Segments[i].Length;
            var middle = (before + (length / 2.0)) / total;
            writerOf.AsSpan(next..end).Fill(writers[Math.Min((int)(middle * writers.Length), writers.Length - 1)]);
            (before, next) = (before + length, end);
        }

        return writerOf;
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
