using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace RankTrainer;

/// <summary>
/// A sum over all samples of a step, each computed by one rank and added in the samples' order by all: the same bits whatever the number of ranks.
/// It stands for the collective operation of a real program: nobody gets past it before everybody has come.
/// </summary>
internal sealed unsafe class Exchange : IDisposable
{
    private const int Samples = 24;
    private const int MostRanks = 64;
    private const int Cell = 64; // a cache line each
    private const int QuickLooks = 20;
    private readonly MemoryMappedFile file;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* memory;
    private readonly int rank;
    private readonly int size;
    private readonly TimeSpan limit;

    public Exchange(int rank, int size, TimeSpan limit)
    {
        (this.rank, this.size, this.limit) = (rank, size, limit);
        string Of(string name) => Environment.GetEnvironmentVariable(name) ?? "0";
        var path = Environment.GetEnvironmentVariable("RANK_TRAINER_SHARED") ?? $"rank-trainer-{Of("SLURM_JOB_ID")}-{Of("SLURM_STEP_ID")}"; // goes with the test's folder
        path += "-" + Of("SLURM_RESTART_COUNT");
        file = MemoryMappedFile.CreateFromFile(path, FileMode.OpenOrCreate, null, (MostRanks * Cell) + (2 * Samples * sizeof(double)));
        view = file.CreateViewAccessor();
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref memory);
    }

    public double Sum(long step, Func<int, double> sample)
    {
        // Two halves take turns: who is a step ahead writes the other one.
        var cells = new Span<double>(memory + (MostRanks * Cell) + (step % 2 * Samples * sizeof(double)), Samples);
        for (var i = Samples * rank / size; i < Samples * (rank + 1) / size; i++)
            cells[i] = sample(i);
        Thread.MemoryBarrier();
        Volatile.Write(ref Arrived(rank), step + 1);
        Await(step + 1);
        var sum = 0.0;
        foreach (var one in cells)
            sum += one;
        return sum;
    }

    /// <summary>The same sum by one rank, without waiting for others.</summary>
    public static double SumAlone(Func<int, double> sample)
    {
        var sum = 0.0;
        for (var i = 0; i < Samples; i++)
            sum += sample(i);
        return sum;
    }

    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        file.Dispose();
    }

    private ref long Arrived(int of) => ref *(long*)(memory + (of * Cell));

    private void Await(long count)
    {
        var began = TimeProvider.System.GetTimestamp();
        for (var (other, looks) = (0, 0); other < size; other++)
        {
            while (Volatile.Read(ref Arrived(other)) < count)
            {
                Thread.Sleep(looks++ < QuickLooks ? 0 : 1); // those who are waited for need the cores
                if (TimeProvider.System.GetElapsedTime(began) < limit)
                    continue;
                Console.WriteLine($"rank {rank}: rank {other} did not come to the end of step {count - 1}");
                Console.Out.Flush();
                ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "_exit"))(3);
            }
        }
    }
}
