using Cairn.Checkpoints;

namespace Cairn.Native;

/// <summary>A device of the host's, by its functions. Two of one table are equal.</summary>
internal sealed unsafe class HostDevice(NativeDevice* device) : Device, IEquatable<HostDevice>
{
    private readonly NativeDevice* device = device;

    public override Action Begin(IReadOnlyList<DeviceCopy> copies)
    {
        var (functions, pieces) = (*device, new NativePiece[copies.Count]);
        for (var i = 0; i < pieces.Length; i++)
            pieces[i] = new NativePiece { Tensor = ((HostSource)copies[i].Tensor).Tensor, Offset = copies[i].Offset, To = (void*)copies[i].To, Count = copies[i].Count };
        void* begun = null;
        fixed (NativePiece* first = pieces)
        {
            if (functions.Copy(functions.Host, first, (nuint)pieces.Length, &begun) != 0)
                throw new HostException($"{Words(copies)}: {Errors.TakeHostsWords("the function that copies from their device failed")}");
        }

        var (what, words) = ((nint)begun, Words(copies));
        return () =>
        {
            if (functions.Wait is not null && what != 0 && functions.Wait((void*)what) is var code and not 0)
                throw new HostException($"{words}: the function that waits for their device answered {code}");
        };
    }

    public bool Equals(HostDevice? other) => other is not null && device == other.device;

    public override bool Equals(object? obj) => Equals(obj as HostDevice);

    public override int GetHashCode() => ((nint)device).GetHashCode();

    private static string Words(IReadOnlyList<DeviceCopy> copies) => copies.Count == 1 ? $"tensor {copies[0].Tensor.Info}" : $"tensor {copies[0].Tensor.Info} and {copies.Count - 1} more";
}
