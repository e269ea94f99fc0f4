using System.Runtime.InteropServices;
using Cairn.Checkpoints;

namespace Cairn.Native;

/// <summary>What a checkpoint has of a part, as tables for the host. Its memory is given back when this is disposed of.</summary>
internal sealed unsafe class SavedTable : IDisposable
{
    private readonly Arena arena = new();
    private readonly GCHandle self;
    private readonly PartReader? reader;

    /// <param name="record">What is there.</param>
    /// <param name="reader">Where it is read; null where it is only compared.</param>
    /// <param name="rank">Whose state it is, of a part of which each rank has its own.</param>
    /// <param name="ranks">Of how many there are states, where that is another number than now.</param>
    public SavedTable(PartRecord record, PartReader? reader, int rank = 0, int ranks = 0)
    {
        this.reader = reader;
        self = GCHandle.Alloc(this);
        var tensors = (NativeTensor*)arena.Take(record.Tensors.Count * sizeof(NativeTensor));
        for (var i = 0; i < record.Tensors.Count; i++)
        {
            var info = record.Tensors[i];
            var shape = (long*)arena.Take(info.Shape.Length * sizeof(long));
            info.Shape.AsSpan().CopyTo(new Span<long>(shape, info.Shape.Length));
            tensors[i] = new() { Name = arena.Take(info.Name), Shape = shape, DType = (int)info.DType, Dimensions = info.Shape.Length };
        }

        var values = (NativeValue*)arena.Take(record.Values.Count * sizeof(NativeValue));
        var count = 0;
        foreach (var (name, value) in record.Values)
            values[count++] = arena.Take(name, value);
        Native = new() { Tensors = tensors, TensorCount = (nuint)record.Tensors.Count, Values = values, ValueCount = (nuint)count, Handle = GCHandle.ToIntPtr(self), Rank = rank, Ranks = ranks };
    }

    public NativeSaved Native { get; }

    /// <summary>What the host finds different.</summary>
    public List<string> Differences { get; } = [];

    /// <summary>What was found wrong on the disk.</summary>
    public Exception? ReadError { get; private set; }

    public static SavedTable Of(NativeSaved* saved) =>
        saved is not null && GCHandle.FromIntPtr(saved->Handle).Target is SavedTable table ? table : throw new ArgumentException("this is no checkpoint's part");

    public void Read(NativeTensor* targets, nuint count)
    {
        if (reader is null)
            throw new InvalidOperationException("cairn_read is for the restore: differences() changes nothing");
        try
        {
            reader.Read(HostTensor.Read(targets, count));
        }
        catch (CairnException error)
        {
            ReadError = error;
            throw;
        }
    }

    public void Dispose()
    {
        arena.Dispose();
        self.Free();
    }
}
