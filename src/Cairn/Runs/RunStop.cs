using Cairn.Attempts;
using Cairn.Slurm;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>The last move of a stopped run: ask Slurm again, decide, write it all down, and only then requeue, which kills.</summary>
internal static class RunStop
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan PatienceWithoutLimit = TimeSpan.FromMinutes(10);

    /// <summary>Ends a stopped run.</summary>
    /// <returns>The exit code.</returns>
    public static int End(RunContext context, long stepsDone, long stepsSaved, TrainingRunOptions options)
    {
        if (!context.IsWriter)
            return FollowFirstRank(context);

        var silence = context.Watch.AskSlurm();
        if (silence is not null)
            context.Log.LogWarning("Slurm was asked why it stops the job, but did not answer: {Problem}", silence);
        var attempts = ReadAttempts(context);
        var rules = new RequeueRules(
            !options.Requeue ? RequeueMode.Never
                : Environment.GetEnvironmentVariable("CAIRN_REQUEUE") == "wrapper" ? RequeueMode.Wrapper
                : RequeueMode.Self,
            options.RequeueIfPreemptionCancels,
            cause => AttemptGuard.WhyNotAgain(attempts, cause.ToString(), options.MaxAttempts));
        var decision = StopDecision.Decide(context.Job, context.Watch.Received, context.Watch.NewestStatus, context.Watch.Site, context.Now, rules);
        context.Journal!.Write(new Stopped(
            context.Now, stepsDone, stepsSaved, decision.Cause.ToString(), decision.Action.ToString(), decision.Reason));
        context.Journal.MakeDurable();
        var saved = stepsDone == 0 ? "stopped before the first step" : stepsSaved == stepsDone ? $"saved at step {stepsSaved}" : $"stopped at step {stepsDone}, the newest checkpoint is of step {stepsSaved}";
        context.Log.LogInformation("{Saved}; {Reason}", saved, decision.Reason);

        var code = decision.Action == StopAction.Requeue ? Requeue(context, options) : decision.ExitCode;
        context.WriteEnd("stopped", stepsDone, code);
        return code;
    }

    // A journal that cannot be read is no reason to lose the job.
    private static IReadOnlyList<AttemptStory> ReadAttempts(RunContext context)
    {
        try
        {
            return [.. AttemptStory.ReadAll(context.Folder).Where(attempt => attempt.Number <= context.Origin.Attempt)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            context.Log.LogWarning("whether the job gets anywhere is not known, for the journals cannot be read: {Error}", error.Message);
            return [];
        }
    }

    private static int Requeue(RunContext context, TrainingRunOptions options)
    {
        var (id, until) = (context.Job!.RequeueId, context.Watch.RetryUntil);
        context.RequeueBegins();
        var answer = context.Slurm.Requeue(id, options.SwitchRequeueOn);
        while (answer.Outcome == RequeueOutcome.NoAnswer && context.Now + BetweenTries < until)
        {
            context.Log.LogWarning("the requeue is tried again: {Error}", answer.Error);
            Thread.Sleep(BetweenTries);
            answer = context.Slurm.Requeue(id, options.SwitchRequeueOn);
        }

        context.Journal!.Write(new RequeueAnswered(context.Now, answer.Outcome.ToString(), answer.Error));
        if (answer.Succeeded)
            return ExitCodes.Success;
        // What forbids it now forbids it by hand, too: a job that may not be requeued stays so once Slurm is ending it.
        var byHand = answer.IsForbidden ? "submit the same script again, and it goes on" : $"scontrol requeue {id}";
        context.Log.LogError("the job could not be requeued: {Error}. To do it by hand: {ByHand}", answer.Error, byHand);
        return ExitCodes.RequeueFailed;
    }

    // A task that leaves early may take the whole step with it (srun --wait, --kill-on-bad-exit) while rank 0 still saves.
    private static int FollowFirstRank(RunContext context)
    {
        context.FirstRank!.WaitForEnd(PatienceWithoutLimit);
        return ExitCodes.Success;
    }
}
