namespace Cairn.Checkpoints.Shares;

/// <summary>What rank 0 tells all ranks at a boundary: take your shares.</summary>
/// <param name="Copies">Whether they are copied, so that training goes on; else they are written out of the live state.</param>
/// <param name="Frozen">Which tensors lie in a part's second file.</param>
internal sealed record ShareTake(bool Copies, FrozenSets Frozen)
{
    public byte[] ToBytes() => [Copies ? (byte)1 : (byte)0, .. Frozen.ToBytes()];

    /// <exception cref="InvalidDataException">They are not of this form.</exception>
    public static ShareTake FromBytes(byte[] bytes) =>
        bytes.Length == 0 ? throw new InvalidDataException("the word of rank 0 about a save is empty") : new(bytes[0] != 0, FrozenSets.FromBytes(bytes[1..]));
}
