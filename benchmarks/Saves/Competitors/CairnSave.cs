using System.Diagnostics;
using Cairn;
using Cairn.TorchSharp;
using Microsoft.Extensions.Logging.Abstractions;

namespace Saves.Competitors;

/// <summary>Cairn, in one of its modes.</summary>
internal sealed class CairnSave : ICompetitor
{
    private readonly SaveMode mode;
    private readonly TrainingRun run;
    private readonly State state;
    private long step;

    public CairnSave(State state, string folder, SaveMode mode)
    {
        this.state = state;
        this.mode = mode;
        run = TrainingRun.Open(Path.Combine(folder, "cairn-" + mode), new() { SaveMode = mode, Save = SaveSchedule.Never, Keep = Retention.KeepLast(2), Logger = NullLogger.Instance });
        run.Track("model", state);
        run.Restore();
    }

    public string Name => "Cairn " + mode.ToString().ToLowerInvariant();

    public (double Stall, double Durable) Save()
    {
        state.Change(); // unchanged tensors would not be written again
        var (stall, durable, _) = SaveWithCpu();
        return (stall, durable);
    }

    /// <summary>Saves a state that the caller has changed: also what it costs the cores.</summary>
    public (double Stall, double Durable, double Cpu) SaveWithCpu()
    {
        var (began, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var pending = run.Save(++step);
        var stall = Stopwatch.GetElapsedTime(began).TotalSeconds;
        pending.Wait();
        return (stall, Stopwatch.GetElapsedTime(began).TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
    }

    public void Dispose() => run.Dispose();
}
