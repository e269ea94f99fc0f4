using Cairn.Attempts;
using Cairn.Notices;
using Cairn.Slurm;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>The last move of a stopped run: ask Slurm again, decide, write it all down, and only then requeue, which kills.</summary>
internal static class RunStop
{
    /// <summary>Ends a stopped run.</summary>
    public static RunOutcome End(RunContext context, long stepsDone, long stepsSaved, TrainingRunOptions options)
    {
        // A task that leaves early may take the whole step with it (srun --wait, --kill-on-bad-exit) while rank 0 still saves.
        if (!context.IsWriter)
            return context.AwaitEndOfFirstRank();

        // What this attempt has done it knows by itself, and what those before it came to it has remembered at its start.
        var own = new AttemptStory(context.Origin.Attempt, AttemptFiles.Journal(context.Folder, context.Origin.Attempt), context.Journal!.Newest);
        var rules = new RequeueRules(
            !options.Requeue ? RequeueMode.Never
                : OuterWrapper.Requeues(Environment.GetEnvironmentVariable, context.Job) ? RequeueMode.Wrapper
                : RequeueMode.Self,
            options.RequeueIfPreemptionCancels,
            cause => AttemptGuard.WhyNotAgain([own], cause.ToString(), options.MaxAttempts));
        var retries = context.Watch.Retries();
        var (decision, answerBehind) = Decide(context, rules, retries);
        Tell(context, decision, answerBehind, stepsDone, stepsSaved);
        var tried = false;
        while (decision.Action == StopAction.Requeue)
        {
            // Writing that down takes its time. What came meanwhile may be a cancel, and Slurm requeues cancelled jobs, too. A
            // newer answer is no better than none: it was not decided by.
            if (context.Watch.NewestStatus == answerBehind && StopCauses.IsInTime(answerBehind!, context.Watch.Received))
            {
                tried = true;
                var answer = Requeue(context, options);
                if (answer.Outcome == RequeueOutcome.NoAnswer)
                    context.Log.LogWarning(LogEvents.RequeueUnanswered, "the requeue was not answered: {Error}", answer.Error);
                if (answer.Outcome != RequeueOutcome.NoAnswer || !retries.Pause())
                    return Ended(Answered(context, answer, stepsDone, stepsSaved));
            }

            // Meanwhile somebody may have cancelled the job. Or the requeue was done and only its answer got lost: then the
            // attempt ended for the cause that was found first, and counts as such.
            (var now, answerBehind) = Decide(context, rules, retries);
            if (tried && now.Cause == StopCause.Requeued)
                return Ended(Answered(context, new RequeueAnswer(RequeueOutcome.AlreadyPending, null), stepsDone, stepsSaved));
            if (now.Action != StopAction.Requeue)
                Tell(context, now, answerBehind, stepsDone, stepsSaved);
            decision = now;
        }

        var isTold = TellWrapper(context, options, decision, stepsSaved);
        return Ended(new(
            ComesBack(decision.Action, decision.Cause) ? RunOutcomeKind.Requeued : RunOutcomeKind.StoppedForGood,
            isTold && context.Place.IsTold ? ExitCodes.Success : decision.ExitCode));

        // Not before the requeue: as long as the others are here they do it when this rank dies, and the first that leaves may take the step with it.
        RunOutcome Ended(RunOutcome outcome)
        {
            context.Ranks?.TellEnd(outcome.Kind);
            context.WriteEnd("stopped", stepsDone, outcome.ExitCode);
            context.AwaitNotified(isRequeued: false);
            return outcome;
        }
    }

    /// <summary>
    /// Tells a wrapper by a file what is to follow, for around a program of another language a launcher may be: it makes 1 of every exit code, and may start
    /// ranks again for any but 0.
    /// </summary>
    /// <returns>Whether it is told.</returns>
    public static bool TellWrapper(RunContext context, TrainingRunOptions options, StopDecision decision, long stepsSaved)
    {
        try
        {
            return (context.Place.IsTold || options.SignalsByHost) && decision.ExitCode is ExitCodes.RequeueMe or ExitCodes.NeverRequeue && OuterWrapper.Requeues(Environment.GetEnvironmentVariable, context.Job)
                && OuterWrapper.Tell(Environment.GetEnvironmentVariable, decision, stepsSaved, context.Rank);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            context.Log.LogWarning(LogEvents.WrapperNotTold, "only the exit code tells `cairn run` what is to follow: {Error}", error.Message);
            return false;
        }
    }

    private static bool ComesBack(StopAction action, StopCause cause) => action != StopAction.Leave || cause == StopCause.Requeued;

    /// <summary>How rank 0 has ended the run, by its journal: it decides for all.</summary>
    public static RunOutcomeKind OfFirstRank(AttemptStory story) =>
        story.Finished is not null ? RunOutcomeKind.Finished
        : story.Events.OfType<Stopped>().LastOrDefault() is { } stopped
            && (stopped.Action != nameof(StopAction.Leave) || stopped.Cause == nameof(StopCause.Requeued)) ? RunOutcomeKind.Requeued
        : RunOutcomeKind.StoppedForGood;

    // Without an answer now, those before do not count: the job may have been cancelled since. Nothing is requeued without one.
    private static (StopDecision Decision, JobStatus? AnswerBehind) Decide(RunContext context, RequeueRules rules, Retries retries)
    {
        var silence = context.Watch.AskSlurm(retries, out var received);
        if (silence is not null)
            context.Log.LogWarning(LogEvents.SlurmUnanswered, "Slurm was asked why it stops the job, but did not answer: {Problem}", silence);
        var answer = silence is null ? context.Watch.NewestStatus : null;
        return (StopDecision.Decide(context.Job, received, answer, context.Watch.Site, context.Now, rules), answer);
    }

    private static void Tell(RunContext context, StopDecision decision, JobStatus? told, long stepsDone, long stepsSaved)
    {
        context.Journal!.Write(new Stopped(
            context.Now, stepsDone, stepsSaved, decision.Cause.ToString(), decision.Action.ToString(), decision.Reason, told?.Words));
        context.Journal.MakeDurable();
        var what = stepsDone == 0 ? "stopped before the first step" : stepsSaved == stepsDone ? $"saved at step {stepsSaved}" : $"stopped at step {stepsDone}, {Newest(stepsSaved)}";
        context.Notify(NoticeOf(decision), stepsDone, stepsSaved, decision.Cause.ToString(), decision.Reason);
        context.Log.LogInformation(LogEvents.Stopped, "{What}; {Reason}", new NumberedText(what, ("Step", stepsDone), ("Saved", stepsSaved)), decision.Reason);
    }

    // What ends because somebody wants that is no surprise; what is left to another is that one's to tell.
    private static string NoticeOf(StopDecision decision) => decision switch
    {
        { Action: StopAction.Requeue } or { Cause: StopCause.Requeued } => Notice.Requeued,
        { Action: StopAction.ExitForWrapper } => Notice.Stopped,
        { Cause: StopCause.Interrupted or StopCause.Cancelled or StopCause.StopFile or StopCause.Requested } => Notice.Stopped,
        _ => Notice.GivenUp,
    };

    /// <summary>Which checkpoint is the newest, in words.</summary>
    /// <param name="saved">Its step; 0 when there is none.</param>
    public static string Newest(long saved) => saved == 0 ? "there is no checkpoint yet" : $"the newest checkpoint is of step {saved}";

    private static RequeueAnswer Requeue(RunContext context, TrainingRunOptions options)
    {
        context.AwaitNotified(isRequeued: true);
        context.RequeueBegins();
        return context.Slurm.Requeue(context.Job!.RequeueId, options.SwitchRequeueOn, context.Watch.Patience);
    }

    private static RunOutcome Answered(RunContext context, RequeueAnswer answer, long stepsDone, long stepsSaved)
    {
        context.Journal!.Write(new RequeueAnswered(context.Now, answer.Outcome.ToString(), answer.Error));
        if (answer.Succeeded)
            return new(RunOutcomeKind.Requeued, ExitCodes.Success);
        context.Notify(Notice.GivenUp, stepsDone, stepsSaved, null, $"the job could not be requeued: {answer.Error}");

        // What forbids it now forbids it by hand, too: a job that may not be requeued stays so once Slurm is ending it.
        var byHand = answer.IsForbidden ? "submit the same script again, and it goes on" : $"scontrol requeue {context.Job!.RequeueId}";
        context.Log.LogError(LogEvents.RequeueFailed, "the job could not be requeued: {Error}. To do it by hand: {ByHand}", answer.Error, byHand);
        return new(RunOutcomeKind.StoppedForGood, ExitCodes.RequeueFailed);
    }
}
