using Cairn.Attempts;
using Cairn.Ranks;
using Cairn.Timing;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>
/// Watches a run from a thread of its own, for what its step boundaries cannot see because none comes: the job's end, a hang, a
/// save that takes for ever, and for the other ranks what rank 0 does. When the job's end is there and no boundary came, it ends
/// the process itself: the newest checkpoint stands, and the job is requeued.
/// </summary>
internal sealed class Watchdog : IDisposable
{
    private const int ByProgram = 1;
    private const int ByWatchdog = 2;
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private readonly RunContext context;
    private readonly TrainingRunOptions options;
    private readonly RunTimes times;
    private readonly RunSaver saver;
    private readonly RunState state;
    private readonly ManualResetEventSlim disposed = new();
    private readonly HangReport hangs;
    private readonly SlowSaveReport slowSaves;
    private readonly Heartbeat? heartbeat;
    private readonly FirstRankWatch? firstRank;
    private int ending; // by nobody: 0
    private bool told;

    /// <summary>Begins to watch.</summary>
    /// <param name="context">The run.</param>
    /// <param name="options">The user's options.</param>
    /// <param name="times">What steps and saves take.</param>
    /// <param name="saver">The saves.</param>
    /// <param name="state">Where the run stands.</param>
    public Watchdog(RunContext context, TrainingRunOptions options, RunTimes times, RunSaver saver, RunState state)
    {
        (this.context, this.options, this.times, this.saver, this.state) = (context, options, times, saver, state);
        hangs = new HangReport(context, times, options.HangFactor, Stand);
        slowSaves = new SlowSaveReport(context, times, saver);
        heartbeat = context.Claim is { } claim ? new Heartbeat(claim, context.Time) : null;
        firstRank = context.FirstRank is { } rank0 ? new FirstRankWatch(context, rank0, context.Time) : null;
        new Thread(Watch) { IsBackground = true, Name = "cairn watchdog" }.Start();
    }

    /// <summary>The program's thread is at a boundary. When the watchdog ends the run already this does not return, for the process is about to end.</summary>
    public void WaitIfEnding()
    {
        if (Volatile.Read(ref ending) == ByWatchdog)
            Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>The program's thread ends the run: from now on the watchdog does not. When that came first this does not return either.</summary>
    public void TakeEnd()
    {
        if (Interlocked.CompareExchange(ref ending, ByProgram, 0) == ByWatchdog)
            Thread.Sleep(Timeout.Infinite);
    }

    public void Dispose() => disposed.Set();

    private void Watch()
    {
        while (true)
        {
            if (disposed.Wait(Interval))
                return;
            try
            {
                Check();
            }
            catch (Exception error) when (!told)
            {
                // A folder that is gone: no reason to end the program, nor to say it four times a second.
                told = true;
                context.Log.LogError(LogEvents.WatchdogFailed, "the watchdog: {Error}", error.Message);
            }
            catch (Exception)
            {
                // Told already.
            }
        }
    }

    private void Check()
    {
        heartbeat?.BeatWhenDue();
        if (context.Together is null)
            firstRank?.Check(state.StepsDone);
        slowSaves.Check();
        if (state.IsStepping)
            hangs.Check(state.StepsDone);
        else
            hangs.TellEnd();
        if (Volatile.Read(ref ending) != 0 || !context.IsWriter)
            return;
        if (state.IsStepping || state.Phase == RunPhase.Preparing)
            context.Watch.CheckDeadline(times);
        if (options.ForcedStop && IsTooLate())
            EndByForce(TellLateness);
    }

    /// <summary>Where this rank stands. May be asked by any thread.</summary>
    public RankStand Stand() => new(context.Rank, NodeName.Own, state.StepsDone, state.Phase, context.Time.GetElapsedTime(times.LastBoundary), hangs.Detail());

    /// <summary>For rank 0: ends the process from a thread of its own, with the newest checkpoint as it is, the question to Slurm and the requeue. Does nothing where the run is being ended already.</summary>
    /// <param name="tell">Says why, in the journal and the log.</param>
    public void EndByForce(Action tell)
    {
        if (TryTakeEnd())
            EndNow(tell);
    }

    /// <summary>Another thread than the program's ends the run: from now on that one does not.</summary>
    /// <returns>False where the run is being ended already.</returns>
    public bool TryTakeEnd() => Interlocked.CompareExchange(ref ending, ByWatchdog, 0) == 0;

    private bool IsTooLate() =>
        context.Watch.EndsWithin(Limit) && (context.Watch.IsAnswerFresh || context.Watch.Left < Limit() / 2);

    private TimeSpan Limit()
    {
        var reserve = context.Watch.Reserve(times);
        return state.Phase == RunPhase.Saving ? reserve.ForceSave : reserve.ForceStep;
    }

    private void TellLateness()
    {
        context.Watch.RaiseDeadline();
        var step = state.StepsDone;
        var since = context.Time.GetRunningTime(times.LastBoundary);
        context.Journal!.Write(new ForcedStop(context.Now, step, since.TotalSeconds, state.InJournal));
        context.Log.LogWarning(LogEvents.ForcedStop, "{What}, and the job ends in {Left}: ended here", new NumberedText(Description(since), ("Step", step), ("Since", Duration.Words(since))), Duration.Words(context.Watch.Left ?? TimeSpan.Zero));
    }

    // By _exit: the program's threads are in the middle of something, and would hang or crash in an orderly end.
    private void EndNow(Action tell)
    {
        var code = ExitCodes.RequeueFailed;
        try
        {
            var step = state.StepsDone;
            tell();
            saver.AwaitDurable();
            code = RunStop.End(context, step, saver.StepsSaved, options);
        }
        catch (Exception error)
        {
            context.Log.LogError(LogEvents.StopFailed, "the job could not be stopped: {Error}", error.Message);
        }
        finally
        {
            ProcessEnd.Now(code);
        }
    }

    private string Description(TimeSpan since) => state.Phase switch
    {
        RunPhase.Preparing => "the first step has not begun",
        RunPhase.Restoring => "the checkpoint is still being read",
        RunPhase.Saving => "the last save does not end",
        RunPhase.Ready or RunPhase.InStep or RunPhase.OwnLoop => $"no step boundary came for {Duration.Words(since)}",
        _ => "what comes after the last step, the last work among it, is not done, and the next attempt begins it anew",
    };
}
