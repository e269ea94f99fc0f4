using System.IO.Hashing;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Safetensors;

namespace Cairn.Checkpoints.Writing;

/// <summary>The hashes of the tensors' pieces in a segment, made block by block in the file's order, by whichever thread brings the next block.</summary>
/// <param name="layout">Where the tensors lie in the file.</param>
/// <param name="segment">Which segment of it.</param>
/// <param name="readAgain">
/// Gives a block once more, by its offset and length: then a thread whose block is not next leaves that to the one that hashes, and goes on
/// writing. Null where a block is there only once; then it waits.
/// </param>
internal sealed class PayloadHashes(SafetensorsLayout layout, Segment segment, Action<long, int, UsePiece>? readAgain = null)
{
    private readonly object turn = new();
    private readonly Dictionary<long, int> waiting = []; // the lengths of blocks that were left to who hashes, by their offset
    private readonly ContentHash[] hashes = new ContentHash[segment.Tensors];
    private readonly XxHash128 hash = new(); // of the tensor that is not at its end yet
    private long next = segment.Offset;
    private bool givenUp;

    /// <summary>The hashes of the first tensors, as many as are known.</summary>
    public ReadOnlySpan<ContentHash> Known => hashes.AsSpan(0, Count);

    /// <summary>All hashes, in the file's order, once all blocks were hashed.</summary>
    public ContentHash[] All => Count == hashes.Length ? hashes : throw new InvalidOperationException($"{hashes.Length - Count} tensors were not hashed");

    /// <summary>How many hashes are known.</summary>
    private int Count { get; set; }

    /// <summary>Hashes a block once all before it were, or leaves it to the thread that hashes those.</summary>
    /// <param name="offset">Of its first byte, from the file's beginning.</param>
    /// <param name="bytes">The block. What lies beyond the last tensor is not looked at.</param>
    public void Append(long offset, ReadOnlySpan<byte> bytes)
    {
        lock (turn)
        {
            while (next != offset && !givenUp)
            {
                if (readAgain is not null)
                {
                    waiting.Add(offset, bytes.Length);
                    return;
                }

                Monitor.Wait(turn);
            }

            if (givenUp)
                return;
        }

        // From here on it is this thread's turn, and nobody else's, until no block is waiting.
        Hash(offset, bytes);
        for (var length = bytes.Length; Advance(length) is > 0 and var following; length = following)
            readAgain!(next, following, block => Hash(next, block));
    }

    /// <summary>A block will not come: who waits for its turn goes on.</summary>
    public void GiveUp()
    {
        lock (turn)
        {
            givenUp = true;
            Monitor.PulseAll(turn);
        }
    }

    /// <returns>The length of the next block, if it is waiting; else 0, and it is the turn of who brings it.</returns>
    private int Advance(int length)
    {
        lock (turn)
        {
            next += length;
            Monitor.PulseAll(turn);
            return waiting.Remove(next, out var following) ? following : 0;
        }
    }

    private void Hash(long offset, ReadOnlySpan<byte> bytes)
    {
        var end = offset + bytes.Length;
        for (; Count < hashes.Length; Count++)
        {
            var (start, stop) = segment.PieceOf(layout, Count);
            var (from, to) = (Math.Max(start, offset), Math.Min(stop, end));
            if (from > to)
                return;
            var part = bytes[(int)(from - offset)..(int)(to - offset)];
            if (part.Length == stop - start)
            {
                hashes[Count] = ContentHash.Of(part);
                continue;
            }

            hash.Append(part);
            if (to < stop)
                return;
            hashes[Count] = ContentHash.Of(hash);
            hash.Reset();
        }
    }
}
