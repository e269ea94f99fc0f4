using Cairn.Attempts;
using Cairn.Interruptions;
using Cairn.Ranks;
using Cairn.Slurm;
using Cairn.Timing;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>
/// Ends the run where a rank is gone: the others sit in a collective operation, in the middle of a step, and come to no boundary. Nothing is
/// saved then; the newest checkpoint stands, and the job is requeued if its attempts get anywhere. Where rank 0 is gone a deputy does that.
/// </summary>
internal sealed class RankLoss(RunContext context, TrainingRunOptions options, RunState state, RunSaver saver, Watchdog watchdog)
{
    // Each deputy begins when the one before it had its time.
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(2);

    // Where all have agreed on the step each comes to it. Else a rank may wait for one that is gone, and comes to no boundary any more.
    private static readonly TimeSpan ToComeToAgreedEnd = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ToComeToBoundary = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Begins to listen to the others.</summary>
    public void Start() => context.Ranks?.Start(context.Watch.Raise, OnLost, OnEnd, OnLeft, watchdog.Stand);

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
        if (state.IsAtLastBoundary)
        {
            context.Log.LogWarning(LogEvents.RankLost, "{Rank}. All ranks were at their last boundary, step {Step}, so the run ends as it would have without that", why, state.StepsDone);
            return;
        }

        // Where it is being ended already, who is done with that may go.
        watchdog.EndByForce(() =>
        {
            context.Watch.Raise(new Interruption(InterruptionKind.RankLost, context.Now, why, null));
            context.Journal!.Write(new RankLost(context.Now, rank, state.StepsDone, why));
            context.Log.LogError(LogEvents.RankLost, "{Rank}: the others are in the middle of step {Step} and would wait for it for ever, so the run ends here", why, state.StepsDone);
        });
    }

    // Rank 0 ends the run, and this rank is not there yet. Behind the last step nobody waits for another one, so it has its time.
    private void OnEnd(RunOutcomeKind kind) => Begin(
        () =>
        {
            if (kind is RunOutcomeKind.Finished or RunOutcomeKind.FinishedBefore || context.Ranks!.IsAwaitingEnd(context.Ranks.IsEndAgreed ? ToComeToAgreedEnd : ToComeToBoundary))
                return;
            context.Log.LogWarning(LogEvents.EndedByFirstRank, "rank 0 has ended the run ({Kind}), and {Rank} came to no step boundary after step {Step}: ended here", kind, context.Who, state.StepsDone);
            ProcessEnd.Now(ExitCodes.Incomplete);
        },
        "cairn end");

    // Rank 0 ends at its next boundary, unless it waits for the rank that has left.
    private void OnLeft() => Begin(
        () =>
        {
            var (step, since) = (state.StepsDone, context.Time.GetTimestamp());
            while (context.Time.GetRunningTime(since) < ToComeToBoundary)
            {
                Thread.Sleep(Interval);
                if (!state.IsStepping || state.StepsDone != step)
                    (step, since) = (state.StepsDone, context.Time.GetTimestamp());
                if (state.Outcome is not null)
                    return;
            }

            if (!watchdog.TryTakeEnd())
                return;
            try
            {
                context.Log.LogError(LogEvents.RankLeft, "{Rank}: the others would wait for it for ever in step {Step}, so the run ends here; {Newest}", context.Ranks!.Leaver, step, RunStop.Newest(saver.StepsSaved));
                saver.AwaitDurable();
                context.Ranks.TellEnd(RunOutcomeKind.Left);
                context.WriteEnd("left", step, ExitCodes.Incomplete);
            }
            finally
            {
                ProcessEnd.Now(ExitCodes.Incomplete);
            }
        },
        "cairn end");

    private void EndWithoutFirstRank(string why)
    {
        if (!watchdog.TryTakeEnd() && !context.Ranks!.IsAwaitingEnd(ToComeToAgreedEnd))
            return;
        var deputies = Deputies.Of(context.Ranks!.Nodes, context.Origin.WorldSize).ToList();
        var order = deputies.IndexOf(context.Rank);
        try
        {
            context.Log.LogError(LogEvents.RankLost, "{Lost}; {Rank} ends, too, in step {Step}", why, context.Who, state.StepsDone);
            if (order >= 0)
                StandIn(order, why);
        }
        catch (Exception error)
        {
            context.Log.LogError(LogEvents.StopFailed, "the job could not be stopped: {Error}", error.Message);
        }
        finally
        {
            // The first that leaves may take the step with it, and those that stand in with that.
            Thread.Sleep(Turn * (deputies.Count + 1 - Math.Max(0, order)));
            ProcessEnd.Now(ExitCodes.Incomplete);
        }
    }

    // By the table by which rank 0 would have decided. What it had decided itself stands in its journal, and is done.
    private void StandIn(int order, string why)
    {
        // A launcher in between ends the ranks that are left as soon as it sees one gone, and what a wrapper is told by one of them it need not hear of another.
        var isForWrapper = OuterWrapper.Requeues(Environment.GetEnvironmentVariable, context.Job);
        if (!isForWrapper)
            Thread.Sleep(Turn * order);
        var story = context.FirstRank!.WholeStory();
        if (story.Ended || !options.Requeue || story.Events.OfType<Stopped>().LastOrDefault() is { } stopped && stopped.Action != nameof(StopAction.Requeue))
        {
            context.Log.LogWarning(LogEvents.Stopped, "rank 0 had decided by then what becomes of the job: see {Journal}", story.Path);
            return;
        }

        if (isForWrapper)
            TellWrapper(story, order, why);
        else if (context.Job is { } job)
            StandIn(job, story, why);
    }

    // It sees the end of what it has started, but not why: by the exit code, where there is one that gets through, this is a crash.
    private void TellWrapper(AttemptStory story, int order, string why)
    {
        var refusal = AttemptGuard.WhyNotAgain([.. context.Before, story], nameof(StopCause.RankLost), options.MaxAttempts);
        var decision = refusal is null
            ? new StopDecision(StopCause.RankLost, StopAction.ExitForWrapper, ExitCodes.RequeueMe, why + ": the wrapper requeues")
            : new StopDecision(StopCause.RankLost, StopAction.Leave, ExitCodes.NeverRequeue, $"{why}: not requeued, because {refusal}");
        if (!RunStop.TellWrapper(context, options, decision, NewestOf(story)) || order > 0)
            return;
        context.Log.LogWarning(LogEvents.Stopped, "{Rank} stands in for rank 0: {Reason}", context.Who, decision.Reason);
        WriteDown(decision, story, why);
    }

    private void StandIn(SlurmJob job, AttemptStory story, string why)
    {
        var lost = new Interruption(InterruptionKind.RankLost, context.Now, why, null);
        var rules = new RequeueRules(
            RequeueMode.Self, options.RequeueIfPreemptionCancels, cause => AttemptGuard.WhyNotAgain([.. context.Before, story], cause.ToString(), options.MaxAttempts));
        var (retries, told) = (context.Watch.Retries(), default(StopDecision));
        while (true)
        {
            var (status, received) = Ask(job, retries);
            var decision = StopDecision.Decide(job, [.. received, lost], status, SlurmSite.Default, context.Now, rules);
            if (decision.Cause == StopCause.Requeued)
                return; // by rank 0, by another one that stood in, or by Slurm
            if (decision != told)
            {
                context.Log.LogWarning(LogEvents.Stopped, "{Rank} stands in for rank 0: {Reason}", context.Who, decision.Reason);
                WriteDown(decision, story, why);
            }

            if (decision.Action != StopAction.Requeue)
                return;
            if (StopCauses.IsInTime(status!, context.Watch.Received))
                break;
            told = decision; // what came while that was written down may be a cancel
        }

        var requeue = context.Slurm.Requeue(job.RequeueId, options.SwitchRequeueOn, context.Watch.Patience);
        if (!requeue.Succeeded)
            context.Log.LogError(LogEvents.RequeueFailed, "the job could not be requeued: {Error}. To do it by hand: scontrol requeue {Job}", requeue.Error, job.RequeueId);
    }

    // And again while a signal comes that the answer knows nothing of: srun --kill-on-bad-exit sends all a TERM as soon as rank 0 is gone.
    private (JobStatus? Status, IReadOnlyList<Interruption> Received) Ask(SlurmJob job, Retries retries)
    {
        while (true)
        {
            var answer = context.Slurm.ShowJob(job.Id);
            var received = context.Watch.Received;
            var isOver = answer.Status is { } status ? StopCauses.IsInTime(status, received) : !answer.MayComeLater;
            if (isOver || !retries.Pause())
                return (answer.Status, received);
        }
    }

    private static long NewestOf(AttemptStory story) => story.Events.OfType<Saved>().LastOrDefault()?.Step ?? story.Events.OfType<Resumed>().LastOrDefault()?.Step ?? 0;

    // Else the next attempts would take it for one that Slurm has brought back, and a job that gets nowhere would come back for ever.
    private void WriteDown(StopDecision decision, AttemptStory story, string why)
    {
        try
        {
            context.FirstRank!.WriteInItsPlace(
                new RankLost(context.Now, 0, state.StepsDone, why),
                new Stopped(context.Now, state.StepsDone, NewestOf(story), decision.Cause.ToString(), decision.Action.ToString(), decision.Reason));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            context.Log.LogWarning(LogEvents.JournalFailed, "what was decided in rank 0's place is not in its journal: {Error}", error.Message);
        }
    }
}
