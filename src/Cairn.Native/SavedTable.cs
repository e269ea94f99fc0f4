using System.Runtime.InteropServices;
using System.Text;
using Cairn.Checkpoints;

namespace Cairn.Native;

/// <summary>What a checkpoint has of a part, as tables for the host. Its memory is given back when this is disposed of.</summary>
internal sealed unsafe class SavedTable : IDisposable
{
    private readonly List<nint> taken = [];
    private readonly GCHandle self;
    private readonly PartReader? reader;

    /// <param name="record">What is there.</param>
    /// <param name="reader">Where it is read; null where it is only compared.</param>
    public SavedTable(PartRecord record, PartReader? reader)
    {
        this.reader = reader;
        self = GCHandle.Alloc(this);
        var tensors = (NativeTensor*)Take(record.Tensors.Count * sizeof(NativeTensor));
        for (var i = 0; i < record.Tensors.Count; i++)
        {
            var info = record.Tensors[i];
            var shape = (long*)Take(info.Shape.Length * sizeof(long));
            info.Shape.AsSpan().CopyTo(new Span<long>(shape, info.Shape.Length));
            tensors[i] = new() { Name = Take(info.Name), Shape = shape, DType = (int)info.DType, Dimensions = info.Shape.Length };
        }

        var values = (NativeValue*)Take(record.Values.Count * sizeof(NativeValue));
        var count = 0;
        foreach (var (name, value) in record.Values)
            values[count++] = Of(name, value);
        Native = new() { Tensors = tensors, TensorCount = (nuint)record.Tensors.Count, Values = values, ValueCount = (nuint)count, Handle = GCHandle.ToIntPtr(self) };
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
        foreach (var one in taken)
            NativeMemory.Free((void*)one);
        self.Free();
    }

    private NativeValue Of(string name, PartValue value) => value switch
    {
        { Flag: { } flag } => new() { Name = Take(name), Kind = NativeKind.Flag, Integer = flag ? 1 : 0 },
        { Integer: { } integer } => new() { Name = Take(name), Kind = NativeKind.Integer, Integer = integer },
        { Real: { } real } => new() { Name = Take(name), Kind = NativeKind.Real, Real = real },
        { Text: { } text } => new() { Name = Take(name), Kind = NativeKind.Text, Text = Take(text) },
        { Items: not null } => throw new NotSupportedException($"the checkpoint's value '{name}' is a list: this part was written by another program"),
        _ => new() { Name = Take(name), Kind = NativeKind.None },
    };

    private byte* Take(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        var bytes = (byte*)Take(length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(bytes, length));
        bytes[length] = 0;
        return bytes;
    }

    private void* Take(int bytes)
    {
        var memory = NativeMemory.AllocZeroed((nuint)Math.Max(bytes, 1));
        taken.Add((nint)memory);
        return memory;
    }
}
