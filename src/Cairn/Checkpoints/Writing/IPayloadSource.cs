namespace Cairn.Checkpoints.Writing;

/// <summary>Where the bytes of a plan's files come from while they are written: a copy of the whole state, or the live state through a window.</summary>
internal interface IPayloadSource
{
    /// <summary>Whether the same bytes can be read again at no cost.</summary>
    bool HoldsAll { get; }

    /// <summary>Whether any thread may read a file; else the one alone that has the save made.</summary>
    bool IsForAnyThread(int file);

    /// <summary>Gives some bytes of a file, which are good until the call returns. Those behind its end may be anything.</summary>
    /// <param name="file">The file's number in the plan.</param>
    /// <param name="offset">Of the first byte in the file; a whole element's.</param>
    /// <param name="length">How many; at most <see cref="CheckpointWriter.PieceLength"/>.</param>
    /// <param name="use">What to do with them.</param>
    void Read(int file, long offset, int length, UsePiece use);
}

/// <summary>Does something with a piece of a file.</summary>
internal delegate void UsePiece(ReadOnlySpan<byte> bytes);
