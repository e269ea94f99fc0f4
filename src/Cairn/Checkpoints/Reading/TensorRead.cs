using System.IO.Hashing;
using Cairn.Checkpoints.Records;

namespace Cairn.Checkpoints.Reading;

/// <summary>
/// What of one tensor has one hash (all of it, or what lies in one segment of the file) and is being read by several threads: its
/// blocks come in any order, straight to where they belong, and are hashed in theirs.
/// </summary>
/// <param name="tensor">Which.</param>
/// <param name="start">The first byte, counted from the tensor's beginning.</param>
/// <param name="end">Behind the last one.</param>
/// <param name="expected">Their hash.</param>
/// <param name="target">Where the tensor goes to; null to check the bytes only.</param>
internal sealed class TensorRead(RecordedTensor tensor, long start, long end, ContentHash expected, PinnedBytes? target)
{
    private readonly XxHash128 hash = new();
    private readonly object turn = new();
    private readonly Dictionary<long, int> waiting = []; // the lengths of blocks that were read and not hashed yet, by their offset
    private long hashed = start;
    private CheckpointCorruptException? failure;
    private volatile bool givenUp;

    /// <summary>A whole tensor.</summary>
    /// <param name="tensor">Which.</param>
    /// <param name="segment">Where its file is cut.</param>
    /// <param name="target">Where to; null to check the bytes only.</param>
    public static IEnumerable<TensorRead> Of(RecordedTensor tensor, long segment, PinnedBytes? target)
    {
        var (start, length) = (0L, tensor.Info.ByteCount);
        foreach (var one in tensor.Hashes)
        {
            var end = FormatLimits.EndOfPiece(tensor.Offset, length, segment, start);
            yield return new TensorRead(tensor, start, end, one, target);
            start = end;
        }
    }

    /// <summary>The first byte, counted from the tensor's beginning.</summary>
    public long Start { get; } = start;

    /// <summary>Behind the last one.</summary>
    public long End => end;

    /// <summary>Which tensor.</summary>
    public RecordedTensor Tensor => tensor;

    /// <summary>Where to; null to check the bytes only.</summary>
    public PinnedBytes? Target => target;

    /// <summary>What is wrong with its bytes; null when nothing is. Known when all reading has ended.</summary>
    public CheckpointCorruptException? Failure => failure;

    /// <summary>Whether no more of it needs to be read.</summary>
    public bool IsGivenUp => givenUp;

    /// <summary>Gives it up; who waits for its turn goes on.</summary>
    /// <param name="error">What is wrong with its bytes; null when something else went wrong, of which the caller tells.</param>
    public void GiveUp(CheckpointCorruptException? error)
    {
        lock (turn)
        {
            failure ??= error;
            givenUp = true;
            Monitor.PulseAll(turn);
        }
    }

    /// <summary>
    /// Hashes a block when all before it were. One that lies in its target already is left to the thread that hashes those before
    /// it, so that this one goes on reading; one in a buffer waits for its turn.
    /// </summary>
    /// <param name="offset">Of its first byte in the tensor.</param>
    /// <param name="bytes">The block.</param>
    /// <returns>Whether this call came to the end; false as well when it was given up.</returns>
    public bool Hash(long offset, ReadOnlySpan<byte> bytes)
    {
        lock (turn)
        {
            while (hashed != offset && !givenUp)
            {
                if (target is not null)
                {
                    waiting.Add(offset, bytes.Length);
                    return false;
                }

                Monitor.Wait(turn);
            }

            if (givenUp)
                return false;
        }

        // From here on it is this thread's turn, and nobody else's, until no block is waiting.
        while (true)
        {
            hash.Append(bytes);
            lock (turn)
            {
                hashed += bytes.Length;
                Monitor.PulseAll(turn);
                if (!waiting.Remove(hashed, out var length))
                    return hashed == end;
                bytes = target!.At(hashed, length);
            }
        }
    }

    /// <summary>Whether the bytes are those that were saved; after the last block.</summary>
    public bool IsRight => ContentHash.Of(hash) == expected;
}
