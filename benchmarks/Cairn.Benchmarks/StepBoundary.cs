using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using Cairn.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Benchmarks;

/// <summary>
/// What a step boundary with nothing to do costs, with everything on: signals, stop file, deadline, schedules, metrics.
/// Beside it the pieces that it cannot do without, and what looking for a stop file at every step would cost.
/// </summary>
public class StepBoundary
{
    private const int Steps = 2_000_000;
    private readonly int[] flags = new int[1];
    private string folder = null!;

    /// <summary>A job with an end far away.</summary>
    [GlobalSetup]
    public void Setup()
    {
        folder = Directory.CreateTempSubdirectory("cairn-benchmark-").FullName;
        Environment.SetEnvironmentVariable("SLURM_JOB_ID", "1");
        Environment.SetEnvironmentVariable("SLURM_JOB_START_TIME", DateTimeOffset.UnixEpoch.ToUnixTimeSeconds().ToString());
        Environment.SetEnvironmentVariable("SLURM_JOB_END_TIME", TimeProvider.System.GetUtcNow().AddDays(1).ToUnixTimeSeconds().ToString());
    }

    /// <summary>Leaves nothing behind.</summary>
    [GlobalCleanup]
    public void Cleanup() => Directory.Delete(folder, recursive: true);

    /// <summary>The whole boundary.</summary>
    [Benchmark(OperationsPerInvoke = Steps)]
    public long Cairn()
    {
        var sum = 0L;
        using var run = TrainingRun.Open(Path.Combine(folder, Guid.NewGuid().ToString("N")), new()
        {
            Save = SaveSchedule.Any(SaveSchedule.EverySteps(1_000_000_000), SaveSchedule.Every(TimeSpan.FromHours(1))),
            Logger = NullLogger.Instance,
        });
        run.Track("weights", new Weights());
        foreach (var step in run.Steps(Steps))
            sum += step;
        run.Finish();
        return sum;
    }

    /// <summary>A flag that another thread sets.</summary>
    [Benchmark]
    public int VolatileRead() => Volatile.Read(ref flags[0]);

    /// <summary>One reading of the monotonic clock.</summary>
    [Benchmark]
    public long ReadClock() => Stopwatch.GetTimestamp();

    /// <summary>What a look for a stop file at each step would cost.</summary>
    [Benchmark]
    public bool LookForFile() => File.Exists("/tmp/a-file-that-does-not-exist");

    private sealed class Weights : ICheckpointPart
    {
        private readonly float[] data = new float[16];

        public PartState Describe() => new() { Tensors = [PartTensor.Of("w", DType.Float32, data)] };

        public IEnumerable<string> FindDifferences(PartRecord saved) => saved.DifferencesFrom(Describe().Tensors.Select(tensor => tensor.Info));

        public void Restore(PartReader saved) => saved.Read(Describe().Tensors);
    }
}
