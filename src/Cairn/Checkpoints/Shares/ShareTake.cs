namespace Cairn.Checkpoints.Shares;

/// <summary>What rank 0 tells all ranks at a boundary: take your shares.</summary>
/// <param name="Copies">Whether they are copied, so that training goes on; else they are written out of the live state.</param>
/// <param name="OneWriterPerFile">Whether a file goes whole to one rank (<see cref="ShareRules.OneWriterPerFile"/>).</param>
/// <param name="Check">Null, or which of the saves this is in which ranks compare what they hold.</param>
/// <param name="Frozen">Which tensors lie in a part's second file.</param>
internal sealed record ShareTake(bool Copies, bool OneWriterPerFile, long? Check, FrozenSets Frozen)
{
    private const long NoCheck = -1;
    private const byte CopiesFlag = 1, OneWriterFlag = 2;

    public byte[] ToBytes() => [(byte)((Copies ? CopiesFlag : 0) | (OneWriterPerFile ? OneWriterFlag : 0)), .. BitConverter.GetBytes(Check ?? NoCheck), .. Frozen.ToBytes()];

    /// <exception cref="InvalidDataException">They are not of this form.</exception>
    public static ShareTake FromBytes(byte[] bytes) =>
        bytes.Length <= sizeof(long) ? throw new InvalidDataException("the word of rank 0 about a save is cut off")
            : new((bytes[0] & CopiesFlag) != 0, (bytes[0] & OneWriterFlag) != 0, BitConverter.ToInt64(bytes, 1) is var check and >= 0 ? check : null, FrozenSets.FromBytes(bytes[(1 + sizeof(long))..]));
}
