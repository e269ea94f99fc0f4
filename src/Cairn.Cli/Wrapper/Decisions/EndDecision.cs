using Cairn.Attempts;
using Cairn.Cli.Contract;
using Cairn.Cli.Processes;
using Cairn.Cli.SlurmForms;
using Cairn.Cli.Submissions;
using Cairn.Posix;
using Cairn.Slurm;

namespace Cairn.Cli.Wrapper.Decisions;

/// <summary>What to do when the program has ended, or is about to be killed: a pure decision. docs/run.md has it as a table.</summary>
internal sealed record EndDecision(EndKind Kind, EndAction Action, int ExitCode, string Reason)
{
    /// <summary>All is decided: should the job be started all the same, this is the exit code again.</summary>
    public int? Final => Kind == EndKind.Finished || (Action == EndAction.Leave && (ExitCode == ExitCodes.NeverRequeue || IsGivenUp)) ? ExitCode : null;

    /// <summary>What counts the attempts says that it must not be started again.</summary>
    public bool IsGivenUp { get; init; }

    /// <summary>With what the reason says that the job is requeued.</summary>
    public const string Requeueing = ": requeueing job ";

    /// <summary>What is told of <c>cairn stop</c>, beside the stop file that an option names.</summary>
    public const string AskedByStop = "cairn stop asks for it";

    public static EndDecision Of(AttemptEnd end)
    {
        if (end.Received.Any(one => one.Kind == InterruptionKind.Interrupt))
            return Leave(EndKind.Interrupted, end.Program?.ShellCode ?? ExitCodes.Interrupted, "stopped by INT (Ctrl-C): not requeued");

        // An answer from before the newest signal knows nothing of what that signal means.
        var status = end.Status is { } answer && StopCauses.IsInTime(answer, end.Received) ? answer : null;
        var told = end.Job is null || status is null ? null : StopCauses.FromStatus(end.Job, status, end.Site);
        if (told == StopCause.Requeued)
            return Leave(EndKind.Requeued, ExitCodes.Success, "the job is back in the queue already");
        if (end.Program is { } program)
        {
            if (program == ProcessEnd.Exited(ExitCodes.NeverRequeue))
                return Leave(EndKind.Refused, ExitCodes.NeverRequeue, "the program asks never to be requeued (exit code 78)");
            if (end.Word is { Wish: ProgramWish.Never } never)
                return Leave(EndKind.Refused, ExitCodes.NeverRequeue, $"the program asks never to be requeued{(never.Why is { } why ? $": {why}" : "")}");
            if (end.Done || end.Word is { Wish: ProgramWish.Done })
                return Leave(EndKind.Finished, program.ShellCode, "the work is done");
            if (program.ShellCode == 0 && !end.Hung && end.Word is null && !WasTold(end, told))
                return Leave(EndKind.Finished, 0, "the program has finished");
        }

        return Unfinished(end, status, told);
    }

    /// <summary>
    /// Why the jobs behind this one in a chain are not to run, as the begin of a sentence; null where the next one goes on. They stand
    /// for requeues, so what is not requeued ends them.
    /// </summary>
    /// <param name="crashes">So many crashes are requeued.</param>
    public string? WhyChainEnds(int crashes) => Kind switch
    {
        EndKind.Finished => Chain.WorkIsDone,
        EndKind.Refused => "The program asks not to be started again",
        EndKind.Cancelled => "The job is cancelled",
        EndKind.StopFile => "The stop file is there",
        EndKind.Crashed when crashes == 0 => "The program failed",
        _ => null,
    };

    private static EndDecision Leave(EndKind kind, int exitCode, string reason) => new(kind, EndAction.Leave, exitCode, reason);

    private static EndDecision Unfinished(AttemptEnd end, JobStatus? status, StopCause? told)
    {
        if (told == StopCause.Cancelled)
            return Leave(EndKind.Cancelled, NotZero(end), $"the job is {status!.State} by Slurm's word: not requeued");
        if (end.Received.FirstOrDefault(one => one.Kind == InterruptionKind.StopFile) is { } stop)
            return Leave(EndKind.StopFile, NotZero(end), stop.Description == AskedByStop ? "stopped by cairn stop: not requeued; cairn resume lets it go on" : "stopped by the stop file: not requeued; remove it and start again to go on");
        if (told == StopCause.PreemptedForGood && !end.Rules.EvenIfPreemptionCancels)
            return Leave(EndKind.Preempted, NotZero(end), "preempted, and Slurm cancels the job for it: not requeued (--requeue-if-preemption-cancels would)");

        var kind = KindOf(end, told);
        if (kind == EndKind.Refused)
            return Leave(kind, end.Program!.Value.ShellCode, $"the program has stopped and asks not to be requeued (exit code {end.Program}): not requeued");
        return kind == EndKind.Crashed || !CanGoOn(end) ? Failed(end, kind, status) : Again(end, kind, status, InWords(end, kind));
    }

    // Without Slurm and without a wrapper nobody can requeue: the program's own code says what there is to say.
    private static bool CanGoOn(AttemptEnd end) => end.Job is not null || end.Rules.WrapperRequeues;

    private static EndDecision Failed(AttemptEnd end, EndKind kind, JobStatus? status)
    {
        var words = InWords(end, kind);
        if (kind != EndKind.Crashed)
            return Leave(kind, end.Program?.ShellCode ?? ExitCodes.Terminated, words + "; there is no Slurm to requeue it");
        if (!CanGoOn(end))
            return Leave(kind, end.Program!.Value.ShellCode, words);
        return end.Rules.WhyNotAgain(kind) is { } refusal
            ? Leave(kind, end.Program!.Value.ShellCode, $"{words}: not requeued, because {refusal}") with { IsGivenUp = true }
            : Again(end, kind, status, words);
    }

    private static EndDecision Again(AttemptEnd end, EndKind kind, JobStatus? status, string words)
    {
        if (end.Rules.NeverRequeues)
            return Leave(kind, NotZero(end), words + ": not requeued, as the options say");
        if (end.Rules.InChain && kind != EndKind.Crashed)
            return Leave(kind, ExitCodes.Success, words + ": the next job of the chain goes on");
        if (end.Rules.InChain)
            return Leave(kind, NotZero(end), words);
        if (status is { Batch: false })
            return Leave(kind, ExitCodes.RequeueFailed, words + ": an interactive allocation cannot be requeued; start the same program in a new one, and it goes on");
        if (kind != EndKind.Crashed && end.Rules.WhyNotAgain(kind) is { } refusal)
            return Leave(kind, ExitCodes.NeverRequeue, $"{words}: not requeued, because {refusal}");
        if (end.Rules.WrapperRequeues)
            return Leave(kind, ExitCodes.RequeueMe, words + ": the wrapper around this one requeues");

        // A blind requeue could bring a cancelled job back.
        return status is null
            ? Leave(kind, ExitCodes.RequeueFailed, $"{words}, but Slurm does not answer, and the job may have been cancelled: not requeued; unless `scontrol show job {end.Job!.Id}` says so, to do it by hand: scontrol requeue {end.Job.RequeueId}")
            : new(kind, EndAction.Requeue, ExitCodes.Success, $"{words}{Requeueing}{end.Job!.RequeueId}");
    }

    private static EndKind KindOf(AttemptEnd end, StopCause? told)
    {
        if (end.Hung)
            return EndKind.Hung;
        if (told is StopCause.Preempted or StopCause.PreemptedForGood)
            return EndKind.Preempted;
        if (end.Program is not { } program)
            return EndKind.Killed;
        if (end.Word is { Wish: ProgramWish.Stopped })
            return WasAsked(end, told) ? EndKind.Stopped : EndKind.AskedForRequeue;
        if (program == ProcessEnd.Exited(ExitCodes.RequeueMe))
            return EndKind.AskedForRequeue;
        if (WasAsked(end, told) && program.ShellCode is ExitCodes.Success or ExitCodes.RequeueFailed)
            return EndKind.Stopped;

        // What ends by the signal that asked it to, by itself or as its shell or srun tells it, did as it was told.
        if (WasAsked(end, told) && program.ShellCode - 128 is var signal && (signal == SignalName.Term || signal == end.WarnedWith))
            return EndKind.Stopped;
        if (told == StopCause.TimeLimit)
            return EndKind.Killed;
        if (program.Signal == 0 && program.Code is ExitCodes.Interrupted or ExitCodes.Terminated)
            return EndKind.Refused;

        // It was asked to, and has done what it was asked for: whatever broke on the way out can be looked at in the log.
        return end.SavedSinceAsked && WasAsked(end, told) ? EndKind.Stopped : EndKind.Crashed;
    }

    private static bool WasAsked(AttemptEnd end, StopCause? told) => end.Received.Count > 0 || WasTold(end, told);

    private static bool WasTold(AttemptEnd end, StopCause? told) =>
        end.WasWarned || end.TaskWasWarned || told is StopCause.TimeLimit or StopCause.Preempted or StopCause.PreemptedForGood or StopCause.Warning;

    // Not finished: Slurm is not to take it for that.
    private static int NotZero(AttemptEnd end) => end.Program is { ShellCode: not (0 or ExitCodes.RequeueMe) and var code } ? code : ExitCodes.Terminated;

    private static string InWords(AttemptEnd end, EndKind kind) => kind switch
    {
        EndKind.Stopped or EndKind.AskedForRequeue when end.Word is { } word => $"the program has stopped and saved{(word.Step is { } step ? $" at step {step}" : "")}{(word.Rank is { } rank ? $" (rank {rank})" : "")}",
        EndKind.Stopped when end.Program is { ShellCode: not (ExitCodes.Success or ExitCodes.RequeueFailed) and var code } program && code - 128 != SignalName.Term && code - 128 != end.WarnedWith =>
            $"the program has saved since it was asked to stop, and then ended {(program.Signal != 0 ? "by" : "with exit code")} {program}",
        EndKind.Stopped => "the program has stopped as it was asked to",
        EndKind.AskedForRequeue => "the program asks for a requeue (exit code 75)",
        EndKind.Preempted => "preempted",
        EndKind.Hung => "the program hung",
        EndKind.Killed when end.Program is null => "the end has come and the program still runs",
        EndKind.Killed => $"the time limit has ended the program ({end.Program})",
        _ => end.Program is { Signal: not 0 } killed ? $"the program was ended by {killed}" : $"the program failed with exit code {end.Program}",
    };
}
