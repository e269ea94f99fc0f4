using System.IO.Hashing;
using Cairn.Checkpoints.Records;

namespace Cairn.Checkpoints.Reading;

/// <summary>
/// One tensor that is being read by several threads: its pieces come in any order, straight to where they belong, and are hashed
/// in theirs.
/// </summary>
/// <param name="tensor">Which.</param>
/// <param name="target">Where to; null to check the bytes only.</param>
internal sealed class TensorRead(RecordedTensor tensor, PinnedBytes? target)
{
    private readonly XxHash128 hash = new();
    private readonly object turn = new();
    private long hashed;
    private volatile CheckpointCorruptException? failure;

    /// <summary>Which tensor.</summary>
    public RecordedTensor Tensor => tensor;

    /// <summary>Where to; null to check the bytes only.</summary>
    public PinnedBytes? Target => target;

    /// <summary>Why it could not be read; null when it could, or while it is not known.</summary>
    public CheckpointCorruptException? Failure => failure;

    /// <summary>Gives it up; who waits for its turn goes on.</summary>
    public void Fail(CheckpointCorruptException error)
    {
        lock (turn)
        {
            failure ??= error;
            Monitor.PulseAll(turn);
        }
    }

    /// <summary>Hashes a piece when all before it were.</summary>
    /// <param name="offset">Of its first byte in the tensor.</param>
    /// <param name="bytes">The piece.</param>
    /// <returns>Whether that was the last one; false as well when the tensor was given up.</returns>
    public bool Hash(long offset, ReadOnlySpan<byte> bytes)
    {
        lock (turn)
        {
            while (hashed != offset && failure is null)
                Monitor.Wait(turn);
            if (failure is not null)
                return false;
        }

        // It is this piece's turn, and nobody else's.
        hash.Append(bytes);
        lock (turn)
        {
            hashed += bytes.Length;
            Monitor.PulseAll(turn);
        }

        return offset + bytes.Length == tensor.Info.ByteCount;
    }

    /// <summary>Whether the bytes are those that were saved; after the last piece.</summary>
    public bool IsRight => new ContentHash(hash.GetCurrentHashAsUInt128()) == tensor.Hash;
}
