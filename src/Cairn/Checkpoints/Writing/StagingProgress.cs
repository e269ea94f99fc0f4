namespace Cairn.Checkpoints.Writing;

/// <summary>How far a copy of the state has come, block by block, for who writes it meanwhile.</summary>
/// <param name="bytes">How many bytes there will be.</param>
internal sealed class StagingProgress(long bytes)
{
    private const int BlockLength = 4 << 20;
    private readonly long[] missing = [.. Enumerable.Range(0, (int)((bytes + BlockLength - 1) / BlockLength)).Select(i => Math.Min(BlockLength, bytes - ((long)i * BlockLength)))];
    private readonly object change = new();
    private Exception? failure;

    /// <summary>Some bytes are there. Every byte is told of once.</summary>
    public void Add(long start, long length)
    {
        var completed = false;
        for (var (at, end) = (start, start + length); at < end;)
        {
            var block = (int)(at / BlockLength);
            var part = Math.Min(end, (block + 1L) * BlockLength) - at;
            completed |= Interlocked.Add(ref missing[block], -part) == 0;
            at += part;
        }

        if (!completed)
            return;
        lock (change)
            Monitor.PulseAll(change);
    }

    /// <summary>The copy is given up: who waits gets the error.</summary>
    public void Fail(Exception error)
    {
        lock (change)
        {
            failure ??= error;
            Monitor.PulseAll(change);
        }
    }

    /// <summary>Waits until some bytes are there.</summary>
    /// <exception cref="StagingFailedException">They will not come.</exception>
    public void Await(long start, long length)
    {
        for (var block = start / BlockLength; block * BlockLength < start + length; block++)
        {
            if (Volatile.Read(ref missing[block]) == 0)
                continue;
            lock (change)
            {
                while (Volatile.Read(ref missing[block]) != 0)
                {
                    if (failure is not null)
                        throw new StagingFailedException(failure);
                    Monitor.Wait(change);
                }
            }
        }
    }
}

/// <summary>A copy of the state was given up.</summary>
internal sealed class StagingFailedException(Exception cause) : Exception(cause.Message, cause);
