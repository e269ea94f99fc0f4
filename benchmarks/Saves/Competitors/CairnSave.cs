using System.Diagnostics;
using Cairn;
using Microsoft.Extensions.Logging.Abstractions;

namespace Saves.Competitors;

/// <summary>Cairn, in one of its modes.</summary>
internal sealed class CairnSave : ICompetitor
{
    private const int Kept = 2;
    private readonly SaveMode mode;
    private readonly TrainingRun run;
    private readonly State state;
    private long step;

    public CairnSave(State state, string folder, SaveMode mode)
    {
        this.state = state;
        this.mode = mode;
        run = TrainingRun.Open(Path.Combine(folder, "cairn-" + mode), new() { SaveMode = mode, Save = SaveSchedule.Never, Keep = Retention.KeepLast(Kept), Logger = NullLogger.Instance });
        run.Track("model", state);
        run.Restore();
    }

    public string Name => "Cairn " + mode.ToString().ToLowerInvariant();

    public (double Stall, double Durable) Save()
    {
        state.Change(); // unchanged tensors would not be written again
        var times = SaveNow();
        AwaitPruning();
        return times;
    }

    /// <summary>Saves a state that the caller has changed.</summary>
    public (double Stall, double Durable) SaveNow()
    {
        var began = Stopwatch.GetTimestamp();
        var pending = run.Save(++step);
        var stall = Stopwatch.GetElapsedTime(began).TotalSeconds;
        pending.Wait();
        return (stall, Stopwatch.GetElapsedTime(began).TotalSeconds);
    }

    /// <summary>Waits until what the newest checkpoint made superfluous is deleted, which goes on behind: whoever is measured next must not pay for it.</summary>
    public void AwaitPruning()
    {
        while (Directory.EnumerateDirectories(run.Directory).Count(one => Path.GetFileName(one) != "attempts") > Kept)
            Thread.Sleep(1);
    }

    public void Dispose() => run.Dispose();
}
