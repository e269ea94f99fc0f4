using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using Cairn;

namespace DataParallel;

/// <summary>
/// Ranks of one machine exchange numbers through a file in memory that all of them map: a counter for each rank, by which the others see how far it
/// is, and the numbers twice, for one exchange and the next. A rank that writes for the next one cannot overwrite what
/// others still read of this one, and comes to the one after it only when they are through with this one.
/// </summary>
internal sealed unsafe class SharedMemoryExchange : Exchange
{
    private const int CounterSize = 64; // a cache line, so that ranks don't slow each other down

    private readonly int rank;
    private readonly int worldSize;
    private readonly int numbers;
    private readonly TimeSpan patience;
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* memory;
    private long exchanges;

    private SharedMemoryExchange(TrainingRun run, int numbers, TimeSpan patience, string path)
    {
        (rank, worldSize, this.numbers, this.patience) = (run.Rank, run.WorldSize, numbers, patience);
        file = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        view = file.CreateViewAccessor();
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref memory);
    }

    public static SharedMemoryExchange Open(TrainingRun run, int numbers, TimeSpan patience)
    {
        string? Slurm(string name) => Environment.GetEnvironmentVariable($"SLURM_{name}");
        if (run.WorldSize > 1 && int.TryParse(Slurm("STEP_NUM_NODES"), out var nodes) && nodes > 1)
            throw new ExchangeException($"the {run.WorldSize} ranks are on {nodes} nodes, which share no memory: --exchange mpi, or --nodes 1");

        // The attempt's number makes it a name that no earlier attempt has left something under.
        var path = $"/dev/shm/data-parallel-{Slurm("JOB_ID") ?? $"{Environment.ProcessId}"}.{Slurm("STEP_ID")}-{run.Attempt}";
        if (run.Rank == 0)
        {
            using (var made = File.Create($"{path}.new"))
                made.SetLength(CounterSize * run.WorldSize + 2L * numbers * sizeof(float));
            File.Move($"{path}.new", path, overwrite: true);
        }

        Wait(() => File.Exists(path), patience, () => $"rank 0 has not made {path} within {patience.TotalSeconds} s: did it fail (see its log), or is it on another machine (--exchange mpi)?");
        var exchange = new SharedMemoryExchange(run, numbers, patience, path);
        exchange.AwaitAll("the beginning");
        if (run.Rank == 0)
            File.Delete(path); // all have mapped it; so nothing is left behind, whoever is killed
        return exchange;
    }

    public override void Gather(float[] numbers, long step)
    {
        var shared = new Span<float>(memory + CounterSize * worldSize, 2 * this.numbers).Slice(exchanges % 2 == 0 ? 0 : this.numbers, this.numbers);
        var share = this.numbers / worldSize;
        numbers.AsSpan(share * rank, share).CopyTo(shared[(share * rank)..]);
        AwaitAll($"the exchange of step {step}");
        shared.CopyTo(numbers);
    }

    public override void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }

    private void AwaitAll(string what)
    {
        exchanges++;
        Volatile.Write(ref Counter(rank), exchanges);
        var ranks = Enumerable.Range(0, worldSize);
        Wait(
            () => ranks.All(other => Volatile.Read(ref Counter(other)) >= exchanges),
            patience,
            () => $"rank {string.Join(", ", ranks.Where(other => Volatile.Read(ref Counter(other)) < exchanges))} did not come to {what} within {patience.TotalSeconds} s, for which rank {rank} waited: see its log");
    }

    private ref long Counter(int ofRank) => ref *(long*)(memory + CounterSize * ofRank);

    private static void Wait(Func<bool> isSo, TimeSpan patience, Func<string> problem)
    {
        var began = Stopwatch.GetTimestamp();
        for (var spin = default(SpinWait); !isSo(); spin.SpinOnce())
        {
            if (Stopwatch.GetElapsedTime(began) > patience)
                throw new ExchangeException(problem());
        }
    }
}
