using Cairn.Attempts;
using Cairn.Slurm;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>The last move of a stopped run: ask Slurm again, decide, write it all down, and only then requeue, which kills.</summary>
internal static class RunStop
{
    /// <summary>Ends a stopped run.</summary>
    /// <returns>The exit code.</returns>
    public static int End(RunContext context, long stepsDone, long stepsSaved, TrainingRunOptions options)
    {
        if (!context.IsWriter)
            return ExitCodes.Success; // rank 0 decides for all

        var mode = !options.Requeue ? RequeueMode.Never
            : Environment.GetEnvironmentVariable("CAIRN_REQUEUE") == "wrapper" ? RequeueMode.Wrapper
            : RequeueMode.Self;
        var job = context.Job;
        var (first, latest) = context.Interruptions;
        var decision = StopDecision.Decide(job, first, latest, context.StatusAtInterruption, job is null ? null : context.Slurm.ShowJob(job.Id), mode);
        context.Journal!.Write(new Stopped(
            context.Now, stepsDone, stepsSaved, decision.Cause.ToString(), decision.Action.ToString(), decision.Reason));
        context.Journal.MakeDurable();
        var saved = stepsSaved == stepsDone ? $"saved at step {stepsSaved}" : $"stopped at step {stepsDone}, the newest checkpoint is of step {stepsSaved}";
        context.Log.LogInformation("{Saved}; {Reason}", saved, decision.Reason);

        var code = decision.Action == StopAction.Requeue ? Requeue(context, job!, options) : decision.ExitCode;
        context.WriteEnd("stopped", stepsDone, code);
        return code;
    }

    private static int Requeue(RunContext context, SlurmJob job, TrainingRunOptions options)
    {
        var answer = context.Slurm.Requeue(job.RequeueId, options.SwitchRequeueOn);
        context.Journal!.Write(new RequeueAnswered(context.Now, answer.Outcome.ToString(), answer.Error));
        if (answer.Succeeded)
            return ExitCodes.Success;
        context.Log.LogError("the job could not be requeued: {Error}. To do it by hand: scontrol requeue {Job}", answer.Error, job.RequeueId);
        return ExitCodes.RequeueFailed;
    }
}
