using Cairn.Attempts;
using Cairn.Interruptions;
using Cairn.Slurm;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>
/// Ends the run where a rank is gone: the others sit in a collective operation, in the middle of a step, and come to no boundary. Nothing is
/// saved then; the newest checkpoint stands, and the job is requeued if its attempts get anywhere. Where rank 0 is gone a deputy does that.
/// </summary>
internal sealed class RankLoss(RunContext context, TrainingRunOptions options, RunState state, RunSaver saver, Watchdog watchdog)
{
    // So many ranks stand in for rank 0, each after the one before it had its time.
    private const int Deputies = 3;
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(2);

    // A rank that is at a boundary soon leaves by itself; in a collective it comes to none.
    private static readonly TimeSpan ToComeToEnd = TimeSpan.FromSeconds(30);

    /// <summary>Begins to listen to the others.</summary>
    public void Start() => context.Ranks?.Start(context.Watch.Raise, OnLost, OnEnd);

    // By the control thread, which must go on.
    private void OnLost(int rank, string why)
    {
        if (context.IsWriter)
            Begin(() => EndForAll(rank, why), "cairn end");
        else if (rank == 0)
            Begin(() => EndWithoutFirstRank(why), "cairn deputy");
    }

    private static void Begin(Action action, string name) => new Thread(() => action()) { IsBackground = true, Name = name }.Start();

    private void EndForAll(int rank, string why)
    {
        if (!watchdog.TryTakeEnd())
            return; // it is being ended already, and who is done with that may go
        var code = ExitCodes.RequeueFailed;
        try
        {
            context.Watch.Raise(new Interruption(InterruptionKind.RankLost, context.Now, $"{why}", null));
            context.Journal!.Write(new RankLost(context.Now, rank, state.StepsDone, why));
            context.Log.LogError(LogEvents.RankLost, "{Rank}: the others are in the middle of step {Step} and would wait for it for ever, so the run ends here", why, state.StepsDone);
            saver.AwaitDurable();
            code = RunStop.End(context, state.StepsDone, saver.StepsSaved, options);
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

    // Rank 0 ends the run, and this rank is not there yet.
    private void OnEnd(RunOutcomeKind kind) => Begin(
        () =>
        {
            if (context.Ranks!.IsAwaitingEnd(ToComeToEnd))
                return;
            context.Log.LogWarning(LogEvents.EndedByFirstRank, "rank 0 has ended the run ({Kind}), and this rank came to no step boundary after step {Step}: ended here", kind, state.StepsDone);
            ProcessEnd.Now(ExitCodes.Incomplete);
        },
        "cairn end");

    private void EndWithoutFirstRank(string why)
    {
        if (!watchdog.TryTakeEnd() && !context.Ranks!.IsAwaitingEnd(ToComeToEnd))
            return;
        var order = context.Rank - 1;
        try
        {
            context.Log.LogError(LogEvents.RankLost, "{Rank}: this rank ends, too, in step {Step}", why, state.StepsDone);
            if (order < Deputies && context.Job is { } job)
                StandIn(job, order, why);
        }
        catch (Exception error)
        {
            context.Log.LogError(LogEvents.StopFailed, "the job could not be stopped: {Error}", error.Message);
        }
        finally
        {
            // The first that leaves may take the step with it, and those that stand in with that.
            Thread.Sleep(Turn * Math.Max(1, Math.Min(Deputies, context.Origin.WorldSize - 1) + 1 - Math.Max(0, order)));
            ProcessEnd.Now(ExitCodes.Incomplete);
        }
    }

    // By the table by which rank 0 would have decided. What it had decided itself stands in its journal, and is done.
    private void StandIn(SlurmJob job, int order, string why)
    {
        Thread.Sleep(Turn * order);
        var story = context.FirstRank!.Story();
        if (story.Ended || options.Requeue is false || story.Events.OfType<Stopped>().LastOrDefault() is { } stopped && stopped.Action != nameof(StopAction.Requeue))
        {
            context.Log.LogWarning(LogEvents.Stopped, "rank 0 had decided before that the job is not requeued: see its journal");
            return;
        }

        if (OuterWrapper.Requeues(Environment.GetEnvironmentVariable, job))
            return; // the wrapper sees the step end
        var answer = context.Slurm.ShowJob(job.Id);
        var lost = new Interruption(InterruptionKind.RankLost, context.Now, why, null);
        var rules = new RequeueRules(
            RequeueMode.Self, options.RequeueIfPreemptionCancels, cause => AttemptGuard.WhyNotAgain([.. context.Before, story], cause.ToString(), options.MaxAttempts));
        var decision = StopDecision.Decide(job, [lost], answer.Status, SlurmSite.Default, context.Now, rules);
        context.Log.LogWarning(LogEvents.Stopped, "rank {Rank} stands in for rank 0: {Reason}", context.Rank, decision.Reason);
        if (decision.Action != StopAction.Requeue)
            return;
        var requeue = context.Slurm.Requeue(job.RequeueId, options.SwitchRequeueOn, context.Watch.Patience);
        if (!requeue.Succeeded)
            context.Log.LogError(LogEvents.RequeueFailed, "the job could not be requeued: {Error}. To do it by hand: scontrol requeue {Job}", requeue.Error, job.RequeueId);
    }
}
