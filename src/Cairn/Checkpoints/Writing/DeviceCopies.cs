using System.Runtime.ExceptionServices;
using Cairn.Posix;

namespace Cairn.Checkpoints.Writing;

/// <summary>What of a state lies on devices and is copied together: begun by the program's thread, awaited by whoever comes first.</summary>
/// <param name="memory">Where it goes.</param>
internal sealed class DeviceCopies(AlignedMemory memory)
{
    private readonly List<(Device Device, DeviceCopy Copy, long Target)> all = [];
    private readonly Lock once = new();
    private List<Action>? begun;

    /// <summary>A range of a tensor is to go to a place in the memory.</summary>
    public void Add(Device device, PartTensor tensor, long offset, long target, long count) =>
        all.Add((device, new DeviceCopy(tensor, offset, memory.AddressOf(target, count), count), target));

    /// <summary>Has each device begin.</summary>
    public void Begin()
    {
        begun = [];
        try
        {
            foreach (var device in all.GroupBy(one => one.Device, one => one.Copy))
                begun.Add(device.Key.Begin([.. device]));
        }
        catch
        {
            _ = AwaitEach(Interlocked.Exchange(ref begun, null)!);
            throw;
        }
    }

    /// <summary>Returns when all of it is there, and says so.</summary>
    /// <param name="arrived">Called once for each range, with its place in the memory.</param>
    public void Await(Action<long, long> arrived)
    {
        lock (once)
        {
            if (begun is not { } arriving)
                return;
            begun = null;
            AwaitEach(arriving)?.Throw();
        }

        foreach (var (_, copy, target) in all)
            arrived(target, copy.Count);
    }

    // Also behind one that failed: the others go on into memory that is given back next.
    private static ExceptionDispatchInfo? AwaitEach(List<Action> arriving)
    {
        ExceptionDispatchInfo? first = null;
        foreach (var arrives in arriving)
        {
            try
            {
                arrives();
            }
            catch (Exception error)
            {
                first ??= ExceptionDispatchInfo.Capture(error);
            }
        }

        return first;
    }
}
