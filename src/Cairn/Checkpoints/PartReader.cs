namespace Cairn.Checkpoints;

/// <summary>Reads one part of a checkpoint; every byte is checked against the commit record's hash on the way.</summary>
public sealed class PartReader
{
    private readonly Action<IReadOnlyCollection<PartTensor>> fill;

    internal PartReader(PartRecord record, Action<IReadOnlyCollection<PartTensor>> fill)
    {
        Record = record;
        this.fill = fill;
    }

    /// <summary>What the checkpoint says of this part.</summary>
    public PartRecord Record { get; }

    /// <summary>Overwrites live tensors with the saved ones of the same names.</summary>
    /// <param name="targets">Tensors with names, types and shapes as saved; not necessarily all.</param>
    /// <exception cref="CairnException">The bytes on disk are not what the commit record says. Targets may be half overwritten.</exception>
    public void Read(IReadOnlyCollection<PartTensor> targets) => fill(targets);

    /// <summary>Reads one small tensor into memory of its own, where nothing is overwritten before the hash was checked.</summary>
    /// <exception cref="CairnException">The bytes on disk are not what the commit record says.</exception>
    public byte[] ReadBytes(string tensorName)
    {
        var info = Record.Tensors.Single(tensor => tensor.Name == tensorName);
        var bytes = new byte[info.ByteCount];
        Read([new ArrayTensor<byte>(info, bytes)]);
        return bytes;
    }
}
