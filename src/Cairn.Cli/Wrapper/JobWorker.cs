using Cairn.Attempts;
using Cairn.Cli.Contract;
using Cairn.Cli.Processes;
using Cairn.Cli.SlurmForms;
using Cairn.Cli.Wrapper.Decisions;
using Cairn.Cli.Wrapper.History;
using Cairn.Cli.Wrapper.Together;
using Cairn.Interruptions.Signals;
using Cairn.Posix;
using Cairn.Slurm;
using Cairn.Timing;

namespace Cairn.Cli.Wrapper;

/// <summary>
/// All that goes on beside the program but signals: time, Slurm's answers, files, words, and at the end the decision. One thread does that,
/// which may be slow: what hurries is the core's.
/// </summary>
internal sealed class JobWorker : IWorker, IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan CollectionInterval = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan ReportInterval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan StopMarkInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopFileInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OuterStatusInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan OuterStatusWhenAsked = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan QuickAnswer = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan ClocksDiffer = TimeSpan.FromSeconds(2); // that of a file server, and its rounding
    private static readonly TimeSpan LongestRequeue = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan TermToKill = TimeSpan.FromSeconds(30);

    private readonly WrapperOptions _options;
    private readonly SlurmJob? _job;
    private readonly SubmittedJob _submitted;
    private readonly bool _wrapperRequeues;
    private readonly int _attempt;
    private readonly WrappedProgram _program;
    private readonly Delivery _delivery;
    private readonly RankAgreement? _ranks;
    private readonly StateFolder? _state;
    private readonly JobJournal? _journal;
    private readonly ReportedSteps? _reported;
    private readonly RepeatedLook<Progress?>? _reports;
    private readonly ProgramStatusKeeper _status;
    private readonly string? _doneFile;
    private readonly Aside _aside;
    private readonly TimeProvider _time;
    private readonly long _beganOn;
    private readonly Inbox _inbox = new();
    private readonly TaskCompletionSource _start = new();
    private readonly List<Interruption> _received = [];
    private readonly bool _hearsTerm;
    private readonly JobWatch? _watch;
    private readonly JobEnding _ending;
    private readonly RepeatedLook<string?>? _stop;
    private readonly RepeatedLook<FolderProgress>? _hang;
    private readonly FolderProgress? _progressBefore;
    private Orphans? _orphans;
    private DateTimeOffset? _askedAt;
    private DateTimeOffset? _lookedAtLastCall;
    private DateTimeOffset? _triedLastCall;
    private ProcessEnd? _end;
    private bool _hasToldQueue;
    private bool _isRequeued;
    private bool _isAsked;
    private bool _isEnding;
    private bool _hung;
    private bool _saidLead;
    private string? _unsaid;

    /// <exception cref="OutOfMemoryException">No thread can be started.</exception>
    public JobWorker(
        WrapperOptions options, SlurmJob? job, SubmittedJob submitted, int attempt, bool wrapperRequeues, WrappedProgram program, Delivery delivery,
        RankAgreement? ranks, StateFolder? state, JobJournal? journal, ProgramStatusKeeper status, string? doneFile, FolderProgress? progressBefore, Aside aside, TimeProvider time)
    {
        (_progressBefore, _ranks) = (progressBefore, ranks);
        (_options, _job, _submitted, _wrapperRequeues, _program, _delivery) = (options, job, submitted, wrapperRequeues, program, delivery);
        (_state, _status, _doneFile, _aside, _time) = (state, status, doneFile, aside, time);
        (_attempt, _journal, _beganOn) = (attempt, journal, time.GetTimestamp());
        Standstills.Watch(StoodStill);
        _hearsTerm = _job is not null && LaunchedBy.Slurm();
        var slurm = new SlurmCommands(_time);
        if (_job is not null)
            _watch = new(_job, slurm, _time, LaunchedBy.SlurmAsTask(_job), MaySwitchOn ? SwitchedOn : null, answer => _inbox.Post(() => Answered(answer)));
        _ending = new(_options, _job, slurm, _watch, _state, _journal, _submitted.IsInChain, attempt, _wrapperRequeues, _aside, _time);
        if (_journal is not null)
        {
            _reported = new(_journal.Reports, _time);
            _reports = new(_journal.Reports, LookAtReports, SawReport, ReportInterval, _aside, _inbox, _time);
        }

        if (_options.StopFile is not null || _state is not null)
        {
            _stop = new(
                _options.StopFile is null ? $"{_state!.Stop}, by which cairn stop asks," : $"the stop file {_options.StopFile}", StopIsAsked, SawStop,
                _options.StopFile is null ? StopMarkInterval : StopFileInterval, _aside, _inbox, _time);
        }

        if (_options is { HangTimeout: { } timeout, CheckpointFolder: { } watched })
        {
            var hang = new HangWatch(timeout, _time);
            _hang = new(watched, () => FolderProgress.Of(watched, _options.ProgressPattern, FolderProgress.Patience), now => SawFolder(hang.IsHang(now)), HangWatch.Interval(timeout), _aside, _inbox, _time);
        }

        new Thread(Work) { IsBackground = true, Name = "cairn worker" }.Start();
    }

    /// <summary>The program is started: the work begins.</summary>
    public void ProgramRuns() => _start.SetResult();

    public void Dispose()
    {
        Standstills.Leave(StoodStill);
        _watch?.Dispose();
    }

    void IWorker.Received(Interruption what, bool asks, bool isFirst) => _inbox.Post(() => Received(what, asks, isFirst));

    void IWorker.Warned() => _inbox.Post(() =>
    {
        SayWhatBecame($"the program is warned by {SignalName.Of(_options.WarnWith)}");
        if (WarnedFile is { } mark)
            Mark(mark);
    });

    void IWorker.NotListening() => _inbox.Post(() =>
    {
        if (_end is null)
            SayWhatBecame($"the program does not hear {SignalName.Of(_options.WarnWith)}: CAIRN_STATUS tells it to stop, and it gets the signal as soon as it listens");
    });

    void IWorker.DoesNotKnowWhetherItListens() => _inbox.Post(() => Words.Say($"/proc/{_program.Pid} does not say whether the program listens to {SignalName.Of(_options.WarnWith)}: it is warned without"));

    void IWorker.ProgramEnded(ProcessEnd end) => _inbox.Post(() => _end = end);

    private bool MaySwitchOn => !_options.NeverRequeues && !_submitted.IsInChain;

    // Slurm moves the end of a suspended job by as much, and may be slow to say so.
    private DateTimeOffset? End => _watch?.Newest is { EndTime: { } told } newest ? told + Standstills.Since(newest.AskedOn) : _job?.EndTime + Standstills.Since(_beganOn);

    private DateTimeOffset? Deadline => Moments.Deadline(End, _watch?.Newest, _received, Site);

    private SlurmSite Site => _watch?.Site ?? SlurmSite.Default;

    private TimeSpan Lead => Moments.Lead(_options.Lead, WallTime);

    private TimeSpan? WallTime => End - (_watch?.Newest?.StartTime ?? _job?.StartTime);

    private DateTimeOffset? LastCall => _job is null || _wrapperRequeues ? null : Moments.LastCall(Deadline, _watch?.Newest, _received, Site, Lead, _hearsTerm);

    private DateTimeOffset? LookAtLastCall => LastCall is { } call && call != _lookedAtLastCall && call != _triedLastCall ? call - QuickAnswer : null;

    private void Work()
    {
        _start.Task.Wait();
        Safely(Begin);
        _orphans = new(_program.Pid, _time);
        var collectedOn = _time.GetTimestamp();
        while (_end is null)
        {
            if (_inbox.Take(NextLook()) is { } happened)
                Safely(happened);
            Safely(TimePasses);
            Safely(_orphans.TimePasses);

            // The questions to Slurm leave half a megabyte in two minutes, and .NET gathers many before it looks by itself.
            if (_time.GetElapsedTime(collectedOn) < CollectionInterval)
                continue;
            GC.Collect();
            collectedOn = _time.GetTimestamp();
        }

        var code = _end.Value.ShellCode;
        Safely(() => code = Ended(_end.Value));
        _delivery.Leave(code);
    }

    // Whatever goes wrong here, the program is not left alone: no memory, no file descriptor or process left, or a fault of this code.
    private static void Safely(Action act)
    {
        try
        {
            act();
        }
#pragma warning disable CA1031 // see above
        catch (Exception error)
#pragma warning restore CA1031
        {
            Words.Say($"error: {error.GetType().Name}: {error.Message}; the program goes on, and what comes goes on to it");
        }
    }

    private void Begin()
    {
        if (WarnedFile is { } warned && Environment.GetEnvironmentVariable("SLURM_PROCID") is null or "0")
            Mark(StateFolder.BesideWarned(warned)); // one of the tasks is enough
        _submitted.LookForDrift(_aside, sentence => _inbox.Post(() => Words.Say($"warning: {sentence}")));
    }

    private void StoodStill() => _watch?.AskSoon();

    private void SwitchedOn(RequeueAnswer answer)
    {
        if (!answer.Succeeded)
            Words.Say($"warning: the job may not be requeued, and that could not be changed: {answer.Error}");
    }

    private void Answered(JobStatus status)
    {
        if (!_hasToldQueue && status.SubmitTime is not null)
            _journal?.Tell(new Queued(_time.GetUtcNow(), status.SubmitTime, status.EligibleTime, status.StartTime));
        _hasToldQueue = true;
        if (StopCauses.FromStatus(_job!, status, Site) is { } cause && !_isAsked && _received.Count == 0)
            Ask(InterruptionKind.Slurm, $"Slurm says that the job is {status.State}{(cause is StopCause.Preempted or StopCause.PreemptedForGood ? ", and is being preempted" : "")}");
    }

    private void TimePasses()
    {
        if (_end is not null)
            return;
        if (!_saidLead && Moments.IsTooLong(_options.Lead, WallTime))
        {
            _saidLead = true;
            Words.Say($"warning: a lead of {Durations.Format(_options.Lead!.Value)} leaves less than half of {Durations.Format(WallTime!.Value)} for work; the program is warned {Durations.Format(Lead)} before the end");
        }

        if (IsNear(Lead) && !_isAsked)
        {
            // The end may have moved since Slurm was asked last.
            _watch!.Ask(QuickAnswer);
            if (IsNear(Lead))
                Ask(InterruptionKind.Deadline, "the job's end is near");
        }

        _reports?.TimePasses();
        if (!_isEnding)
        {
            _stop?.TimePasses();
            _hang?.TimePasses();
        }

        // As above, and early enough that no time is lost by it.
        if (LookAtLastCall is { } look && _time.GetUtcNow() >= look)
        {
            _lookedAtLastCall = LastCall;
            _watch!.Ask(QuickAnswer);
            return; // for what has come meanwhile: the program's end, above all
        }

        if (LastCall is { } call && _time.GetUtcNow() >= call && _triedLastCall != call)
        {
            _triedLastCall = call;
            Carry(null, Files.AtLastCall);
        }

        // A task's own end is told by the wrapper of the job alone: that one knows the cluster's KillWait.
        _status.Write(_job is null ? null : Deadline, Cause(), _job is null && _received.Exists(one => one.Kind == InterruptionKind.Terminate));
    }

    private string? StopIsAsked() =>
        _options.StopFile is { } file && File.Exists(file) ? $"the stop file {file} is there"
        : _state is { } state && File.Exists(state.Stop) ? EndDecision.AskedByStop
        : null;

    private void SawStop(string? why)
    {
        if (why is null || _isEnding)
            return;
        Ask(InterruptionKind.StopFile, why);
        EndIt();
    }

    private void SawFolder(bool hangs)
    {
        if (!hangs || _isEnding)
            return;
        _hung = true;
        _unsaid = $"nothing new in {_options.CheckpointFolder} for {Durations.Format(_options.HangTimeout!.Value)}, so the program hangs and is ended if it does not stop";
        _isAsked = true;
        _ranks?.Want("it hangs");
        _delivery.Warn(null);
        EndIt();
    }

    // Its time is the sign that this wrapper lives.
    private Progress? LookAtReports()
    {
        _journal!.Touch(_time.GetUtcNow());
        return _reported!.Look();
    }

    private void LookAtLastReport()
    {
        try
        {
            SawReport(_reported is null ? null : _aside.Do(_reported.Look, Files.AtLastCall));
        }
        catch (IOException)
        {
            // What was seen a minute ago stands.
        }
    }

    private void SawReport(Progress? progress)
    {
        if (progress is not null)
            _journal!.Tell(progress);
    }

    private void EndIt()
    {
        _isEnding = true;
        _delivery.End(Lead, TermToKill);
    }

    private bool IsNear(TimeSpan lead) => End - _time.GetUtcNow() < lead;

    private TimeSpan NextLook()
    {
        var wait = Idle;
        var now = _time.GetUtcNow();
        Sooner(_isAsked ? null : End - Lead - now);
        Sooner(LookAtLastCall - now);
        Sooner(LastCall is { } call && call != _triedLastCall ? call - now : null);
        if (!_isEnding)
        {
            Sooner(_stop?.Left);
            Sooner(_hang?.Left);
        }

        Sooner(_reports?.Left);
        Sooner(_orphans?.Left);
        Sooner(_status.FollowsOuter ? _isAsked ? OuterStatusWhenAsked : OuterStatusInterval : null);
        return wait;

        void Sooner(TimeSpan? other)
        {
            if (other < wait)
                wait = other.Value;
        }
    }

    private void Received(Interruption what, bool asks, bool isFirst)
    {
        var before = _received.FindIndex(one => one.Kind == what.Kind);
        if (before < 0)
        {
            _received.Add(what);
            if (!_isRequeued) // then it is what Slurm sends because of that
                _journal?.Tell(new Interrupted(what.At, what.Kind.ToString(), what.Signal, what.Description, Deadline));
        }
        else
        {
            _received[before] = what;
        }

        if (what.Signal is not null)
            _watch?.AskSoon();
        if (asks && isFirst && !_isAsked)
            _unsaid = what.Description;
        _isAsked |= asks;
        if (!asks)
            return;
        _askedAt ??= what.At;
        _ranks?.Want(what.Description);
    }

    // Something that is no signal asks the program to stop.
    private void Ask(InterruptionKind kind, string description)
    {
        var what = new Interruption(kind, _time.GetUtcNow(), description, null) { Heard = _time.GetTimestamp() };
        Received(what, asks: true, isFirst: true);
        _delivery.Warn(null);
    }

    // One line says what has come and what became of it.
    private void SayWhatBecame(string what)
    {
        Words.Say(_unsaid is null ? what : $"{_unsaid}: {what}{(_job is not null && Deadline is { } end ? $"; it has {Durations.Format(end - _time.GetUtcNow())}" : "")}");
        _unsaid = null;
    }

    // srun hears every warning, and hands it on to wrappers of tasks, which know better what became of it.
    private bool WasWarned => (_delivery.WasWarned || ReadThatItIsToStop) && !(_state is { } state && _aside.Exists(state.Tasks));

    // By its page, or by CAIRN_STATUS. Where a page tells it, it has no reason to look at the other.
    private bool ReadThatItIsToStop => _ranks?.WasTold == true || (_isAsked && _status.WasRead);

    // By which the wrapper of a task talks to that of the job.
    private string? WarnedFile => _options.IsTask && Environment.GetEnvironmentVariable(ProgramVariables.WarnedFile) is { Length: > 0 } file ? file : null;

    private void Mark(string path)
    {
        try
        {
            _aside.Do(() => File.WriteAllBytes(path, []), Files.Patience);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Words.Say($"warning: the wrapper of the job is not told whether this task is warned: {error.Message}");
        }
    }

    private EndDecision Carry(ProcessEnd? program, TimeSpan patience)
    {
        var now = _progressBefore is null ? null : _aside.Progress(_options.CheckpointFolder!, _options.ProgressPattern, patience);
        var word = program is null || _status.Says is not { } folder ? null : _aside.Words(folder, _attempt);
        var decision = _ending.Carry(
            new()
            {
                Program = program,
                Done = program is not null && _doneFile is not null && _aside.Exists(_doneFile),
                Word = word,
                Hung = _hung,
                SavedSinceAsked = _askedAt is { } asked && now?.IsBeyond(_progressBefore!, asked - ClocksDiffer) == true,
                WasWarned = WasWarned || _delivery.HasSentTerm,
                WarnedWith = _options.WarnWith,
                Job = _job,
                Site = Site,
            },
            ReceivedByNow,
            now?.IsBeyond(_progressBefore!),
            () => Deadline);
        _isRequeued |= decision.Action == EndAction.Requeue;
        return decision;
    }

    private string? Cause()
    {
        if (_hung)
            return "hang";
        var told = _job is not null && _watch?.Newest is { } status ? StopCauses.FromStatus(_job, status, Site) : null;
        return told switch
        {
            StopCause.TimeLimit => "limit",
            StopCause.Preempted or StopCause.PreemptedForGood => "preemption",
            StopCause.Requeued => "requeue",
            StopCause.Cancelled => "cancelled",
            _ => _received is [] ? null : _received[0].Kind switch
            {
                InterruptionKind.Interrupt => "interrupt",
                InterruptionKind.StopFile => "stop_file",
                _ => "warning",
            },
        };
    }

    private int Ended(ProcessEnd end)
    {
        _submitted.FinishLooking();
        if (_unsaid is not null)
            Words.Say($"{_unsaid}; the program had ended by then");
        _unsaid = null;

        // What came together with the end counts: a signal that killed the program, above all.
        var terminations = Terminations(ReceivedByNow());
        if (_options.IsTask)
        {
            // It does not hear the warning, but has read of it.
            if (!_delivery.WasWarned && ReadThatItIsToStop && WarnedFile is { } mark)
                Mark(mark);
            if (HasStopped(end))
                _ranks?.WaitForOthers();
            return end.ShellCode;
        }

        LookAtLastReport();
        var decision = Carry(end, FolderProgress.Patience);
        if (decision.WhyChainEnds(_options.RequeueCrashes) is { } why && _submitted.EndChain(why) is { } sentence)
            Words.Say(sentence);
        if (decision is { Action: EndAction.Requeue } or { Kind: EndKind.Requeued } && !IsBatchShell)
            StayForRequeue(terminations);
        return decision.ExitCode;
    }

    // Whoever fails is to end the others at once, where srun is told to: they may wait for it. Below a launcher every exit code is 1.
    private bool HasStopped(ProcessEnd end) =>
        end.Signal == 0
        && (end.Code is ExitCodes.Success or ExitCodes.RequeueMe || (_status.Says is { } folder && _aside.Words(folder, _attempt) is { Wish: ProgramWish.Stopped or ProgramWish.Done }));

    // Put in its place by exec: there is no next line.
    private bool IsBatchShell => _hearsTerm && !LaunchedBy.SlurmAsTask(_job!);

    // Slurm ends the job in a moment. Until then the script's next line must not run, which is for when the work is done.
    private void StayForRequeue(int terminations)
    {
        var since = _time.GetTimestamp();
        while (LongestRequeue - _time.GetElapsedTime(since) is var left && left > TimeSpan.Zero && Terminations(ReceivedByNow()) == terminations)
            _inbox.Take(left)?.Invoke();
    }

    private static int Terminations(IReadOnlyList<Interruption> received) => received.Count(one => one.Kind == InterruptionKind.Terminate);

    private IReadOnlyList<Interruption> ReceivedByNow()
    {
        while (_inbox.Take(TimeSpan.Zero) is { } action)
            action();
        return [.. _received];
    }
}
