using System.Runtime.InteropServices;
using static Cairn.Native.Errors;

namespace Cairn.Native;

/// <summary>The functions of cairn.h by which ranks speak to each other.</summary>
internal static unsafe class RankExports
{
    [UnmanagedCallersOnly(EntryPoint = "cairn_broadcast")]
    public static int Broadcast(nint run, void* bytes, nuint* length, nuint capacity, double seconds) => Guard(() =>
    {
        if (length is null || bytes is null)
            throw new ArgumentException("the bytes or their length are NULL");
        var open = OpenRun.All.Of(run).Run;
        var own = open.Rank == 0 ? checked((int)*length) : 0;
        if ((nuint)own > capacity)
            throw new ArgumentException($"rank 0 sends {own} bytes, and there is room for {capacity}");
        var had = open.Control.Broadcast(new ReadOnlySpan<byte>(bytes, own), TimeSpan.FromSeconds(seconds));
        if ((nuint)had.Length > capacity)
            throw new ArgumentException($"rank 0 has sent {had.Length} bytes, and there is room for {capacity}");
        had.CopyTo(new Span<byte>(bytes, had.Length));
        *length = (nuint)had.Length;
        return Ok;
    });

    [UnmanagedCallersOnly(EntryPoint = "cairn_barrier")]
    public static int Barrier(nint run, double seconds) => Guard(() =>
    {
        OpenRun.All.Of(run).Run.Control.Barrier(TimeSpan.FromSeconds(seconds));
        return Ok;
    });
}
