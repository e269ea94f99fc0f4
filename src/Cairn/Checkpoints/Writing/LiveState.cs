namespace Cairn.Checkpoints.Writing;

/// <summary>The live state while training waits, seen through a window: a piece of memory for each thread that reads it, and no copy of it all.</summary>
internal sealed class LiveState : IPayloadSource, IDisposable
{
    private readonly List<LiveFile> files = [];
    private readonly PiecePool window;

    /// <summary>Keeps the tensors of all files in their place.</summary>
    public LiveState(SavePlan plan, PiecePool window)
    {
        this.window = window;
        try
        {
            foreach (var file in plan.Files)
                files.Add(new LiveFile(file.Layout));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public bool HoldsAll => false;

    /// <inheritdoc/>
    public bool IsForAnyThread(int file) => files[file].IsForAnyThread;

    /// <inheritdoc/>
    public void Read(int file, long offset, int length, UsePiece use)
    {
        var piece = window.Take();
        try
        {
            var bytes = piece.At(0, length);
            files[file].CopyTo(offset, bytes);
            use(bytes);
        }
        finally
        {
            window.GiveBack(piece);
        }
    }

    public void Dispose() => files.ForEach(file => file.Dispose());
}
