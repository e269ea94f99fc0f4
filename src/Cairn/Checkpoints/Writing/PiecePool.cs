using System.Collections.Concurrent;
using Cairn.Posix;

namespace Cairn.Checkpoints.Writing;

/// <summary>Pieces of memory that threads take and give back; kept from save to save, since the first touch of fresh memory is slow.</summary>
/// <param name="length">How long each is, in bytes.</param>
internal sealed class PiecePool(int length) : IDisposable
{
    private readonly ConcurrentBag<AlignedMemory> all = [];
    private readonly ConcurrentBag<AlignedMemory> free = [];

    /// <summary>A piece with anything in it. One that is not given back, after an error, goes with the pool.</summary>
    public AlignedMemory Take()
    {
        if (free.TryTake(out var piece))
            return piece;
        piece = new AlignedMemory(length);
        all.Add(piece);
        return piece;
    }

    /// <summary>It is free for others.</summary>
    public void GiveBack(AlignedMemory piece) => free.Add(piece);

    public void Dispose()
    {
        foreach (var piece in all)
            piece.Dispose();
    }
}
