using System.Diagnostics;
using Cairn.Ranks;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Benchmarks.Ranks;

/// <summary>Some ranks as they are, each with its training and its control thread, in one process: steps of a millisecond, at any place of which a wish comes.</summary>
internal sealed class TrainingRanks : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private readonly List<RankGroup> groups;
    private readonly List<Thread> trainings;
    private readonly ManualResetEventSlim allActed = new(), allHeard = new();
    private int actsToCome;
    private int lossesToCome;
    private volatile bool over;

    /// <summary>Connects all, and begins to train.</summary>
    public TrainingRanks(int size)
    {
        var greeting = new Greeting(ControlAddress.NewToken(), size, "1.0", "n1", 1);
        var hub = new HubServer(greeting, onlyHere: true, 0, isPortFixed: false, TimeProvider.System, NullLogger.Instance);
        groups = [.. Enumerable.Range(0, size).Select(rank => RankGroup.Connect(rank == 0 ? hub : null, hub.Address, greeting, rank, Limit, TimeProvider.System, out var problem) ?? throw new InvalidOperationException(problem))];
        groups.ForEach(group => group.Start(_ => Count(ref actsToCome, allActed), (_, _) => Count(ref lossesToCome, allHeard), _ => { }));
        trainings = [.. groups.Select(group => new Thread(() => Train(group)))];
        trainings.ForEach(training => training.Start());
    }

    /// <summary>From a rank's wish until the last rank knows the step.</summary>
    public TimeSpan Agree(int rank)
    {
        allActed.Reset();
        Volatile.Write(ref actsToCome, groups.Count);
        var began = Stopwatch.GetTimestamp();
        groups[rank].Want(RankPurpose.Save, string.Empty);
        return allActed.Wait(Limit) ? Stopwatch.GetElapsedTime(began) : throw new TimeoutException();
    }

    /// <summary>From the end of one until all others know of it.</summary>
    public TimeSpan Die()
    {
        Volatile.Write(ref lossesToCome, groups.Count - 1);
        var began = Stopwatch.GetTimestamp();
        groups[^1].Dispose();
        return allHeard.Wait(Limit) ? Stopwatch.GetElapsedTime(began) : throw new TimeoutException();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        over = true;
        trainings.ForEach(training => training.Join());
        groups.ForEach(group => group.Dispose());
        allActed.Dispose();
        allHeard.Dispose();
    }

    private void Train(RankGroup group)
    {
        for (var step = 1L; !over; step++)
        {
            Thread.Sleep(1);
            group.Pass(step);
        }
    }

    private static void Count(ref int toCome, ManualResetEventSlim all)
    {
        if (Interlocked.Decrement(ref toCome) == 0)
            all.Set();
    }
}
