using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>
/// What is done once, after the last step. It has no boundaries at which it could be stopped: when the job's end comes before
/// its own, the job is put back in the queue, which kills it, and the next attempt begins it anew.
/// </summary>
internal static class LastWork
{
    // Enough for Slurm's answers; all else of the time is the work's.
    private static readonly TimeSpan Reserve = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Does it, guarded.</summary>
    /// <param name="context">The run.</param>
    /// <param name="work">The work.</param>
    /// <param name="stop">Ends the run as a stopped one; called by another thread, at most once.</param>
    public static void Do(RunContext context, Action work, Action stop)
    {
        using var done = new ManualResetEventSlim();
        var guard = new Thread(() => Guard(context, done, stop)) { IsBackground = true, Name = "cairn last work" };
        guard.Start();
        try
        {
            work();
        }
        finally
        {
            done.Set();
            guard.Join();
        }
    }

    private static void Guard(RunContext context, ManualResetEventSlim done, Action stop)
    {
        while (!done.Wait(Interval))
        {
            if (!context.Watch.EndsWithin(Reserve))
                continue;
            context.Watch.RaiseDeadline();
            context.Log.LogWarning("the job ends before the last work does: the next attempt does it from its beginning");
            try
            {
                stop();
            }
            catch (Exception error)
            {
                context.Log.LogError("the job could not be stopped in its last work: {Error}", error.Message);
            }

            return;
        }
    }
}
