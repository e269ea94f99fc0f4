using Cairn.Attempts;
using Cairn.Cli.SlurmForms;
using Cairn.Cli.Wrapper.Decisions;
using Cairn.Cli.Wrapper.History;
using Cairn.Notices;
using Cairn.Slurm;

namespace Cairn.Cli.Wrapper;

/// <summary>The end of an attempt: Slurm is asked, the decision made, written down, and carried out.</summary>
/// <param name="options">What the user allows.</param>
/// <param name="job">The job; null without Slurm.</param>
/// <param name="slurm">Its commands.</param>
/// <param name="watch">Who asks; null without Slurm.</param>
/// <param name="state">What is remembered from attempt to attempt; null where nothing can be.</param>
/// <param name="journal">This attempt's journal; null like that.</param>
/// <param name="inChain">Another job goes on with the work.</param>
/// <param name="attempt">The number of this one.</param>
/// <param name="wrapperRequeues">Another wrapper around this one requeues.</param>
/// <param name="aside">Reads and writes files.</param>
/// <param name="time">The clock.</param>
internal sealed class JobEnding(
    WrapperOptions options, SlurmJob? job, SlurmCommands slurm, JobWatch? watch, StateFolder? state, JobJournal? journal, bool inChain, int attempt, bool wrapperRequeues, Aside aside, TimeProvider time)
{
    private readonly DateTimeOffset _began = time.GetUtcNow();
    private readonly Notifier? _notifier = options.Notify.Count > 0 ? new(options.Notify, problem => Words.Say($"warning: {problem}")) : null;

    private static readonly TimeSpan LongestAsking = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan AskingWithoutEnd = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan AskingUnwarned = TimeSpan.FromMinutes(1); // the allocation is held meanwhile
    private static readonly TimeSpan LongestAnswer = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Last = TimeSpan.FromSeconds(2);

    /// <summary>Ends the attempt.</summary>
    /// <param name="known">What is known of it without Slurm.</param>
    /// <param name="received">Everything that has asked it to stop by now.</param>
    /// <param name="progress">Whether there was any; null when that cannot be told.</param>
    /// <param name="deadline">After that nothing can be done any more; null when not known.</param>
    public EndDecision Carry(AttemptEnd known, Func<IReadOnlyList<Interruption>> received, bool? progress, Func<DateTimeOffset?> deadline)
    {
        var before = Before();
        var retries = new Retries(time, LongestTime);

        while (true)
        {
            // What has ended well and was not asked to is finished, whether Slurm is there or not.
            var insists = known is not { Program.ShellCode: 0, WasWarned: false, Word: null } || TaskWasWarned;
            var status = Ask(insists ? retries : null, LongestTime, received, deadline, out var heard);
            var end = known with
            {
                Received = heard,
                TaskWasWarned = TaskWasWarned,
                Status = status,
                Site = watch?.Site ?? SlurmSite.Default,
                Now = time.GetUtcNow(),
                Rules = new()
                {
                    WrapperRequeues = wrapperRequeues,
                    NeverRequeues = options.NeverRequeues,
                    InChain = inChain,
                    EvenIfPreemptionCancels = options.EvenIfPreemptionCancels,
                    WhyNotAgain = kind => CrashGuard.WhyNotAgain(before, Now(kind, known, progress), options.RequeueCrashes, options.MaxAttempts),
                },
            };
            var decision = EndDecision.Of(end);
            var entry = Now(decision.Kind, known, progress).End!;
            if (!Remember(entry with { Cause = CauseOf(end), Action = decision.Action, Final = decision.Final, Reason = decision.Reason, Slurm = status?.Words }))
            {
                before = null;
                decision = EndDecision.Of(end);
            }

            if (job is not null || end.Received.Count > 0)
                Words.Say(state is null ? decision.Reason : $"{time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'}: attempt {attempt} has ended after {Durations.Format(time.GetUtcNow() - _began)}: {decision.Reason}");
            Notify(NoticeOf(decision), known, end, decision.Reason);
            if (decision.Action == EndAction.Leave)
            {
                AwaitNotified(deadline(), isRequeued: false);
                return decision;
            }

            // Writing that down takes its time. What came meanwhile may be a cancel, and Slurm requeues cancelled jobs, too.
            AwaitNotified(deadline(), isRequeued: true);
            if (!StopCauses.IsInTime(status!, received()))
                continue;
            var answer = slurm.Requeue(job!.RequeueId, switchOn: true, Patience(deadline));
            journal?.Tell(new RequeueAnswered(time.GetUtcNow(), answer.Outcome.ToString(), answer.Error));
            if (answer.Succeeded)
                return decision;
            if (answer.Outcome == RequeueOutcome.NoAnswer && retries.Pause())
            {
                // Meanwhile somebody may have cancelled the job, or only the answer got lost.
                Words.Say($"the requeue was not answered: {answer.Error}");
                continue;
            }

            var byHand = answer.IsForbidden ? "submit the same script again, and it goes on" : $"scontrol requeue {job.RequeueId}";
            Words.Say($"the job could not be requeued: {answer.Error}. To do it by hand: {byHand}");
            Notify(Notice.GivenUp, known, end, $"the job could not be requeued: {answer.Error}");
            AwaitNotified(deadline(), isRequeued: false);
            return decision with { Action = EndAction.Leave, ExitCode = ExitCodes.RequeueFailed };
        }

        TimeSpan LongestTime()
        {
            var most = known is { Program: not null, WasWarned: false, Hung: false, Word: null } && !TaskWasWarned && received().Count == 0 ? AskingUnwarned : LongestAsking;
            return deadline() is { } end ? Least(end - time.GetUtcNow() - Last, most) : Least(AskingWithoutEnd, most);
        }
    }

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private void Notify(string what, AttemptEnd known, AttemptEnd end, string reason) => _notifier?.Tell(
        new(what, time.GetUtcNow(), job?.Id, attempt, Environment.MachineName, options.CheckpointFolder, known.Word?.Step, known.Word?.Step, CauseOf(end), reason));

    private void AwaitNotified(DateTimeOffset? deadline, bool isRequeued) =>
        _notifier?.Await(Notifier.Patience(isRequeued, deadline - time.GetUtcNow()));

    private static string NoticeOf(EndDecision decision) => decision switch
    {
        { Action: EndAction.Requeue } or { Kind: EndKind.Requeued } => Notice.Requeued,
        { Kind: EndKind.Finished } => Notice.Finished,
        { Kind: EndKind.Cancelled or EndKind.Interrupted or EndKind.StopFile } or { ExitCode: ExitCodes.RequeueMe } or { Kind: not EndKind.Crashed, ExitCode: ExitCodes.Success } => Notice.Stopped,
        _ => Notice.GivenUp,
    };

    private bool TaskWasWarned => state is not null && aside.Exists(state.Warned);

    private TimeSpan Patience(Func<DateTimeOffset?> deadline)
    {
        var half = deadline() is { } end ? Least((end - time.GetUtcNow()) / 2, LongestAnswer) : LongestAnswer;
        return half < Last ? Last : half;
    }

    // Without an answer now those before do not count.
    private JobStatus? Ask(Retries? retries, Func<TimeSpan> longest, Func<IReadOnlyList<Interruption>> received, Func<DateTimeOffset?> deadline, out IReadOnlyList<Interruption> heard)
    {
        var (told, saidWaiting) = (false, false);
        heard = received();
        if (watch is null)
            return null;
        while (true)
        {
            var patience = Patience(deadline);
            var answer = watch.Ask(patience, SayWaiting);
            heard = received();
            if (answer.Status is not null && StopCauses.IsInTime(watch.Newest!, heard))
                return watch.Newest;
            if (answer.Status is null && answer.MayComeLater && retries is not null && !told)
            {
                told = true;
                Words.Say($"Slurm does not say why the job stops ({answer.Problem}); it is asked again for {Durations.Format(longest())} at most");
            }

            if (answer.Status is not null || (answer.MayComeLater && retries?.Pause() == true))
                continue; // a signal came meanwhile, which that answer knows nothing of; or there is none yet
            if (retries is not null)
                Words.Say($"Slurm was asked why the job stops, but did not answer: {answer.Problem}");
            return null;

            void SayWaiting()
            {
                if (!saidWaiting)
                    Words.Say($"Slurm is asked how job {job!.Id} stands and has not answered yet; it is waited for {Durations.Format(retries is null ? patience : longest())} at most");
                saidWaiting = true;
            }
        }
    }

    private IReadOnlyList<WrappedAttempt>? Before()
    {
        try
        {
            return state is null ? null : aside.Do(() => JobJournal.Read(state.Path, state.Command), Files.Patience);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Words.Say($"warning: the journals in {state!.Path} cannot be read, so a crash or a hang is not requeued: {error.Message}");
            return null;
        }
    }

    // As far as it is known before the decision.
    private WrappedAttempt Now(EndKind kind, AttemptEnd known, bool? progress)
    {
        var now = time.GetUtcNow();
        var start = watch?.Newest?.StartTime ?? job?.StartTime;
        var wall = (watch?.Newest?.EndTime ?? job?.EndTime) - start;
        bool? brief = wall is null ? null : now - start < wall / 2;
        return new(attempt, state?.Command, new(now, kind, known.Program?.ShellCode, progress, known.Word?.Step, brief, null, EndAction.Leave, null, "", null, (now - _began).TotalSeconds));
    }

    // Who or what wanted it to stop; null when nobody did.
    private static string? CauseOf(AttemptEnd end) => end switch
    {
        { Job: { } job, Received.Count: > 0 } => StopCauses.Find(job, end.Received, end.Status, end.Site, end.Now).ToString(),
        { Job: { } job, Status: { } status } => StopCauses.FromStatus(job, status, end.Site)?.ToString(),
        _ => null,
    };

    // Whether it is written down.
    private bool Remember(ProgramEnded entry)
    {
        try
        {
            journal?.Keep(entry);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Words.Say($"warning: {journal!.Path} cannot be written: {error.Message}");
            return false;
        }
    }
}
