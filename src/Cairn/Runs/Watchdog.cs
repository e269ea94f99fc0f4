using Cairn.Attempts;
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
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    // No machine is so busy that a thread which waits that long only is waked so late.
    private static readonly TimeSpan Standstill = TimeSpan.FromSeconds(10);
    private readonly RunContext context;
    private readonly TrainingRunOptions options;
    private readonly RunTimes times;
    private readonly RunSaver saver;
    private readonly Func<RunPhase> phase;
    private readonly Func<long> stepsDone;
    private readonly ManualResetEventSlim disposed = new();
    private readonly HangReport hangs;
    private readonly SlowSaveReport slowSaves;
    private readonly Heartbeat? heartbeat;
    private readonly FirstRankWatch? firstRank;
    private int ending;
    private bool told;

    /// <summary>Begins to watch.</summary>
    /// <param name="context">The run.</param>
    /// <param name="options">The user's options.</param>
    /// <param name="times">What steps and saves take.</param>
    /// <param name="saver">The saves.</param>
    /// <param name="phase">What the program's thread is at; asked by the watching thread.</param>
    /// <param name="stepsDone">Completed steps; asked by the watching thread.</param>
    public Watchdog(RunContext context, TrainingRunOptions options, RunTimes times, RunSaver saver, Func<RunPhase> phase, Func<long> stepsDone)
    {
        (this.context, this.options, this.times, this.saver) = (context, options, times, saver);
        (this.phase, this.stepsDone) = (phase, stepsDone);
        hangs = new HangReport(context, times, options.HangFactor);
        slowSaves = new SlowSaveReport(context, times, saver);
        heartbeat = context.Claim is { } claim ? new Heartbeat(claim, context.Time) : null;
        firstRank = context.FirstRank is { } rank0 ? new FirstRankWatch(context, rank0, context.Time) : null;
        new Thread(Watch) { IsBackground = true, Name = "cairn watchdog" }.Start();
    }

    /// <summary>
    /// The program's thread ends the run, or is at a boundary: from the first call with <paramref name="last"/> on the watchdog
    /// does not. When the watchdog came first this does not return, for the process is about to end.
    /// </summary>
    public void Pass(bool last)
    {
        if (last ? Interlocked.CompareExchange(ref ending, 1, 0) is 0 or 1 : Volatile.Read(ref ending) != 2)
            return;
        Thread.Sleep(Timeout.Infinite);
    }

    public void Dispose() => disposed.Set();

    private void Watch()
    {
        while (true)
        {
            var waits = TimeProvider.System.GetTimestamp();
            if (disposed.Wait(Interval))
                return;
            try
            {
                if (TimeProvider.System.GetElapsedTime(waits) is var gap && gap > Standstill)
                    context.Watch.StoodStill(gap);
                Look();
            }
            catch (Exception error) when (!told)
            {
                // A folder that is gone: no reason to end the program, nor to say it four times a second.
                told = true;
                context.Log.LogError("the watchdog: {Error}", error.Message);
            }
            catch (Exception)
            {
                // Told already.
            }
        }
    }

    private void Look()
    {
        heartbeat?.BeatWhenDue();
        firstRank?.Look(stepsDone());
        slowSaves.Look();
        var at = phase();
        if (at == RunPhase.Stepping)
            hangs.Look(stepsDone());
        if (Volatile.Read(ref ending) != 0 || !context.IsWriter)
            return;
        if (at is RunPhase.Preparing or RunPhase.Stepping)
            context.Watch.Look(times);
        if (options.ForcedStop && IsTooLate() && Interlocked.CompareExchange(ref ending, 2, 0) == 0)
            End();
    }

    private bool IsTooLate() =>
        context.Watch.EndsWithin(Limit) && (context.Watch.IsAnswerFresh || context.Watch.Left < Limit() / 2);

    private TimeSpan Limit()
    {
        var reserve = context.Watch.Reserve(times);
        return phase() == RunPhase.Saving ? reserve.ForceSave : reserve.ForceStep;
    }

    // By _exit: the program's threads are in the middle of something, and would hang or crash in an orderly end.
    private void End()
    {
        var code = ExitCodes.RequeueFailed;
        try
        {
            context.Watch.RaiseDeadline();
            var step = stepsDone();
            var since = context.Time.GetElapsedTime(times.LastBoundary);
            context.Journal!.Write(new ForcedStop(context.Now, step, since.TotalSeconds, phase().ToString()));
            context.Log.LogWarning("{What}, and the job ends in {Left}: ended here", Description(since), Duration.Words(context.Watch.Left ?? TimeSpan.Zero));
            saver.AwaitDurable();
            code = RunStop.End(context, step, saver.StepsDurable, options);
        }
        catch (Exception error)
        {
            context.Log.LogError("the job could not be stopped: {Error}", error.Message);
        }
        finally
        {
            ProcessEnd.Now(code);
        }
    }

    private string Description(TimeSpan since) => phase() switch
    {
        RunPhase.Preparing => "the first step has not begun",
        RunPhase.Restoring => "the checkpoint is still being read",
        RunPhase.Saving => "the last save does not end",
        RunPhase.AllDone or RunPhase.Stopped or RunPhase.Left or RunPhase.FinishedBefore => "what comes after the last step, the last work among it, is not done, and the next attempt begins it anew",
        _ => $"no step boundary came for {Duration.Words(since)}",
    };
}
