using System.IO.Hashing;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Safetensors;

namespace Cairn.Checkpoints.Writing;

/// <summary>The hashes of a payload file's tensors, made piece by piece in the file's order, by whichever thread brings the next piece.</summary>
/// <param name="layout">Where the tensors lie in it.</param>
/// <param name="readAgain">
/// Gives a piece once more, by its offset and length: then a thread whose piece is not next leaves that to the one that hashes, and goes on
/// writing. Null where a piece is there only once; then it waits.
/// </param>
internal sealed class PayloadHashes(SafetensorsLayout layout, Action<long, int, UsePiece>? readAgain = null)
{
    private readonly object turn = new();
    private readonly Dictionary<long, int> waiting = []; // the lengths of pieces that were left to who hashes, by their offset
    private readonly ContentHash[] hashes = new ContentHash[layout.Tensors.Length];
    private readonly XxHash128 hash = new(); // of the tensor that is not at its end yet
    private long next;
    private bool givenUp;

    /// <summary>The hashes of the first tensors, as many as are known.</summary>
    public ReadOnlySpan<ContentHash> Known => hashes.AsSpan(0, Count);

    /// <summary>All hashes, in the file's order, once all pieces were hashed.</summary>
    public ContentHash[] All => Count == hashes.Length ? hashes : throw new InvalidOperationException($"{hashes.Length - Count} tensors were not hashed");

    /// <summary>How many hashes are known.</summary>
    private int Count { get; set; }

    /// <summary>Hashes a piece once all before it were, or leaves it to the thread that hashes those.</summary>
    /// <param name="offset">Of its first byte, from the file's beginning.</param>
    /// <param name="bytes">The piece. What lies beyond the last tensor is not looked at.</param>
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

        // From here on it is this thread's turn, and nobody else's, until no piece is waiting.
        Hash(offset, bytes);
        for (var length = bytes.Length; Advance(length) is > 0 and var following; length = following)
            readAgain!(next, following, piece => Hash(next, piece));
    }

    /// <summary>A piece will not come: who waits for its turn goes on.</summary>
    public void GiveUp()
    {
        lock (turn)
        {
            givenUp = true;
            Monitor.PulseAll(turn);
        }
    }

    /// <returns>The length of the next piece, if it is waiting; else 0, and it is the turn of who brings it.</returns>
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
            var (start, length) = (layout.Offsets[Count], layout.Tensors[Count].Info.ByteCount);
            var (from, to) = (Math.Max(start, offset), Math.Min(start + length, end));
            if (from > to)
                return;
            var part = bytes[(int)(from - offset)..(int)(to - offset)];
            if (part.Length == length)
            {
                hashes[Count] = ContentHash.Of(part);
                continue;
            }

            hash.Append(part);
            if (to < start + length)
                return;
            hashes[Count] = ContentHash.Of(hash);
            hash.Reset();
        }
    }
}
