using System.Runtime.InteropServices;
using System.Text;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Records;

namespace Cairn.Native;

/// <summary>Tables and texts that the host reads. Their memory is given back when this is disposed of.</summary>
internal sealed unsafe class Arena : IDisposable
{
    private readonly List<nint> taken = [];

    public void* Take(int bytes)
    {
        var memory = NativeMemory.AllocZeroed((nuint)Math.Max(bytes, 1));
        taken.Add((nint)memory);
        return memory;
    }

    public byte* Take(string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        var bytes = (byte*)Take(length + 1);
        Encoding.UTF8.GetBytes(text, new Span<byte>(bytes, length));
        bytes[length] = 0;
        return bytes;
    }

    public NativeValue Take(string name, PartValue value) => value switch
    {
        { Flag: { } flag } => new() { Name = Take(name), Kind = NativeKind.Flag, Integer = flag ? 1 : 0 },
        { Integer: { } integer } => new() { Name = Take(name), Kind = NativeKind.Integer, Integer = integer },
        { Real: { } real } => new() { Name = Take(name), Kind = NativeKind.Real, Real = real },
        { Text: { } text } => new() { Name = Take(name), Kind = NativeKind.Text, Text = Take(text) },
        { Items: not null } => new() { Name = Take(name), Kind = NativeKind.List, Text = Take(PartValueJson.ToText(value)) },
        _ => new() { Name = Take(name), Kind = NativeKind.None },
    };

    public void Dispose()
    {
        foreach (var one in taken)
            NativeMemory.Free((void*)one);
    }
}
