using System.Diagnostics;
using Cairn;
using Microsoft.Extensions.Logging.Abstractions;
using Saves.Limits;

namespace Saves.Processes;

/// <summary>One of several ranks that save one state together, each its share.</summary>
internal sealed class RankWriter : IDisposable
{
    public const string Command = "rank-writer";
    private const int Kept = 2;
    private readonly Child child;

    /// <summary>Starts it; the ranks of a run wait for each other, so it is ready only once all are started.</summary>
    public RankWriter(long bytes, string folder, int rank, int ranks)
    {
        // As srun would, and without a scontrol: there is no job to ask for.
        (string, string)[] slurm = ranks == 1 ? [] :
        [
            ("SLURM_JOB_ID", "17"), ("SLURM_STEP_ID", $"{ranks}"), ("SLURM_PROCID", $"{rank}"), ("SLURM_STEP_NUM_TASKS", $"{ranks}"),
            ("SLURM_STEP_NUM_NODES", "1"), ("PATH", "/nonexistent"),
        ];
        child = new Child(slurm, [Command, $"{bytes}", $"{bytes / ranks}", folder]);
    }

    /// <summary>Waits until it is ready.</summary>
    public void Await() => child.Answer();

    /// <summary>Trains a step without a save; <see cref="Await"/> returns when that is done.</summary>
    public void Train() => child.Tell("train");

    /// <summary>Comes to a boundary with a save.</summary>
    public void Save() => child.Tell("save");

    /// <summary>Copies as much as its share is, as fast as the machine lets it.</summary>
    public void Copy() => child.Tell("copy");

    /// <summary>Ends, together with all others; tell all before one is disposed of.</summary>
    public void End() => child.Tell("end");

    /// <summary>Says what the last save has cost until now; <see cref="Seconds"/> has it.</summary>
    public void TellCpu() => child.Tell("cpu");

    /// <summary>How long the loop stood, or the copy took, or the CPU time of all threads since the last save began, in seconds.</summary>
    public double Seconds() => double.Parse(child.Answer());

    public void Dispose() => child.Dispose();

    /// <summary>The folder of the checkpoint that the save of this number makes.</summary>
    public static string CheckpointOf(string folder, int save) => Path.Combine(folder, $"step-{2 * save:0000000000}");

    /// <summary>The other side.</summary>
    public static void Serve(long bytes, long share, string folder)
    {
        TorchSharp.torch.random.manual_seed(1); // the ranks have the same state
        using var state = new State(bytes);
        using var copy = new MemoryCopy(share);
        using var run = TrainingRun.Open(folder, new()
        {
            Ranks = RankMode.Required,
            Save = SaveSchedule.EverySteps(2),
            WhenStillSaving = WhenStillSaving.Wait,
            Keep = Retention.KeepLast(Kept),
            Logger = NullLogger.Instance,
        });
        run.Track("model", state);
        var (step, used) = (run.Restore(), TimeSpan.Zero);
        Console.WriteLine("ready");
        while (Console.ReadLine() is { } line && line != "end")
        {
            if (line == "copy")
            {
                state.Change();
                Console.WriteLine(copy.SecondsOfUnchanged(state, Environment.ProcessorCount));
                continue;
            }

            if (line == "cpu")
            {
                Console.WriteLine((Environment.CpuUsage.TotalTime - used).TotalSeconds);
                continue;
            }

            // A save is at every second boundary, of what the step before it has changed: that would be counted for it, as often as there are ranks.
            if (line == "train")
                state.Change();
            if (line == "save" == (step % 2 == 0))
                throw new InvalidOperationException($"'{line}' at step {step}");
            used = Environment.CpuUsage.TotalTime;
            var began = Stopwatch.GetTimestamp();
            run.Boundary(++step);
            Console.WriteLine(Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        run.Boundary(++step, last: true);
        run.Finish();
    }
}
