using Cairn.Cli.Contract;
using Cairn.Cli.Processes;
using Cairn.Cli.SlurmForms;
using Cairn.Cli.Submissions;
using Cairn.Cli.Wrapper.Decisions;
using Cairn.Interruptions;
using Cairn.Interruptions.Signals;
using Cairn.Slurm;

namespace Cairn.Cli.Wrapper;

/// <summary>
/// <c>cairn run</c>: a program as if there were no wrapper, but warned in time, and requeued when it was stopped. Everything that
/// happens (a signal, an answer of Slurm, the program's end, time) is acted upon by one thread.
/// </summary>
internal sealed class WrapperRun : IDisposable
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5); // what one event calls for is done by then, as a rule
    private static readonly TimeSpan StopFileInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OuterStatusInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan QuickAnswer = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AtLastCall = TimeSpan.FromSeconds(0.5); // of the second at least that is kept for the requeue
    private static readonly TimeSpan TermToKill = TimeSpan.FromSeconds(30);

    private readonly WrapperOptions _options;
    private readonly TimeProvider _time;
    private readonly Inbox _inbox = new();
    private readonly SubmittedJob _submitted;
    private readonly SlurmJob? _job;
    private readonly int _attempt;
    private readonly bool _wrapperRequeues;
    private readonly bool _hearsTerm;
    private readonly List<Interruption> _received = [];
    private WrappedProgram _program = null!;
    private WarningDelivery _warning = null!;
    private JobWatch? _watch;
    private StateFolder? _state;
    private ProgramStatusKeeper? _status;
    private JobEnding _ending = null!;
    private ForcedEnd? _forced;
    private HangWatch? _hang;
    private FolderProgress? _progressBefore;
    private DateTimeOffset? _triedLastCall;
    private ProcessEnd? _end;
    private bool _hung;
    private bool _termSent;
    private DateTimeOffset? _settled;

    /// <exception cref="UsageException">It cannot be run in this place.</exception>
    public WrapperRun(WrapperOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        var job = ReadJob();
        _attempt = ProgramVariables.AttemptOf(Environment.GetEnvironmentVariable, job);
        _wrapperRequeues = OuterWrapper.Requeues(Environment.GetEnvironmentVariable, job);
        if (!options.IsTask && job is { WorldSize: > 1 })
        {
            throw new UsageException(
                $"This is one of {job.WorldSize} tasks, and only one wrapper may decide over the job. Put one around srun and a thin one around each task: exec cairn run -- srun cairn run --task -- {options.Command[0]} ...");
        }

        _job = options.IsTask ? null : job;
        _submitted = new(_job);
        _hearsTerm = _job is not null && LaunchedBy.Slurm();
    }

    /// <summary>Runs the program to its end and returns the exit code.</summary>
    /// <exception cref="UsageException">It cannot be started.</exception>
    public int Run()
    {
        var path = Executables.Find(_options.Command[0], Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin", Environment.CurrentDirectory);

        // Who is inside of another wrapper of the same job leaves its notes to that one.
        var isInside = _options.IsTask || _wrapperRequeues;
        if (_job is not null && !isInside)
            _state = StateFolder.Make(_options.CheckpointFolder ?? Environment.CurrentDirectory, _job.Id, _options.Command);
        var status = _status = new(_state, isInside, _attempt);
        var doneFile = _options.DoneFile ?? _state?.Done ?? (isInside ? Environment.GetEnvironmentVariable(ProgramVariables.DoneFile) : null) ?? status.Beside("done");
        if (WhyNotStart(doneFile) is { } code)
            return code;
        var signals = new WrapperSignals(_options.Warning, _options.WarnWith, Shells.Runs(path), arrival => _inbox.Post(() => Heard(arrival)));
        signals.Prepare();
        status.Write(_job?.EndTime, null);
        var environment = ProgramVariables.For(
            _job,
            _attempt,
            (ProgramVariables.CheckpointFolder, _options.CheckpointFolder),
            (ProgramVariables.Status, status.Path),
            (ProgramVariables.DoneFile, doneFile),
            (ProgramVariables.WarnedFile, _state?.Warned));
        _program = WrappedProgram.Start(path, _options.Command, environment, signals.BlockedForProgram, end => _inbox.Post(() => _end = end));
        signals.ListenToAll();
        if (WarnedFile is { } warned && Environment.GetEnvironmentVariable("SLURM_PROCID") is null or "0")
            Mark(StateFolder.BesideWarned(warned)); // one of the tasks is enough
        _submitted.LookForDrift(sentence => _inbox.Post(() => Words.Say($"warning: {sentence}")));
        _warning = new(_program, _options.WarnWith, _time);
        var slurm = new SlurmCommands(_time);
        if (_job is not null)
            _watch = new(_job, slurm, _time, LaunchedBy.SlurmAsTask(_job), MaySwitchOn ? SwitchedOn : null, answer => _inbox.Post(() => Answered(answer)));
        _ending = new(_options, _job, slurm, _watch, _state, _submitted.IsInChain, _attempt, _wrapperRequeues, _time);
        if (_options.CheckpointFolder is { } folder)
            _progressBefore = FolderProgress.Of(folder, FolderProgress.Patience);
        if (_options is { HangTimeout: { } timeout, CheckpointFolder: { } watched })
            _hang = new(watched, timeout, _time);
        _settled = _time.GetUtcNow() + Settling;
        while (_end is null)
        {
            if (_inbox.Take(NextLook()) is { } happened)
            {
                happened();
                _settled = _time.GetUtcNow() + Settling;
            }

            TimePasses();
        }

        return Ended(_end.Value, File.Exists(doneFile));
    }

    public void Dispose()
    {
        _watch?.Dispose();
        _status?.Dispose();
    }

    private bool MaySwitchOn => !_options.NeverRequeues && !_submitted.IsInChain;

    private DateTimeOffset? End => _watch?.Newest?.EndTime ?? _job?.EndTime;

    private DateTimeOffset? Deadline => Moments.Deadline(End, _watch?.Newest, _received, Site);

    private SlurmSite Site => _watch?.Site ?? SlurmSite.Default;

    private TimeSpan Lead => Moments.Lead(_options.Lead, End - (_watch?.Newest?.StartTime ?? _job?.StartTime));

    private DateTimeOffset? LastCall => _job is null || _wrapperRequeues ? null : Moments.LastCall(Deadline, _watch?.Newest, _received, Site, _hearsTerm);

    private static SlurmJob? ReadJob()
    {
        try
        {
            return SlurmJob.FromEnvironment(Environment.GetEnvironmentVariable);
        }
        catch (SlurmEnvironmentException error)
        {
            throw new UsageException(error.Message);
        }
    }

    private int? WhyNotStart(string? doneFile)
    {
        if (_submitted.IsOver)
        {
            // Once more: the earlier job may have been stopped before it had cancelled this one and the others.
            Words.Say($"not started: an earlier job has ended the chain (remove {_submitted.EndMark} to run this one). {_submitted.EndChain("The chain is over")}");
            return ExitCodes.Success;
        }

        if (!_options.IsTask && File.Exists(doneFile))
        {
            Words.Say($"the work is done: {doneFile} is there; remove it to run again");
            SayChainEnds(Chain.WorkIsDone);
            return ExitCodes.Success;
        }

        if (_options.StopFile is not { } stop || !File.Exists(stop))
            return null;
        Words.Say($"not started: the stop file {stop} is there; remove it to go on");
        return ExitCodes.Terminated;
    }

    private void SwitchedOn(RequeueAnswer answer)
    {
        if (!answer.Succeeded)
            Words.Say($"warning: the job may not be requeued, and that could not be changed: {answer.Error}");
    }

    private void Heard(SignalArrival arrival)
    {
        var name = SignalName.Of(arrival.Signal);
        if (arrival.Signal == _options.Warning)
        {
            Ask(InterruptionKind.Warning, arrival.ToString(), name);
        }
        else if (arrival.Signal == SignalNames.Term)
        {
            Ask(InterruptionKind.Terminate, arrival.ToString(), name);
            if (_warning.NeedsTerm)
                _termSent |= _program.Send(SignalNames.Term);
        }
        else
        {
            if (arrival.Signal == SignalNames.Int)
                Receive(InterruptionKind.Interrupt, arrival.ToString(), name);

            // What the terminal sends, it has sent to the program as well.
            const int kernel = 0;
            if (arrival.Pid != kernel)
                _program.Send(arrival.Signal);
        }
    }

    private void Answered(JobStatus status)
    {
        if (StopCauses.FromStatus(_job!, status, Site) is { } cause && !_warning.IsUnderWay && _received.Count == 0)
            Ask(InterruptionKind.Slurm, $"Slurm says that the job is {status.State}{(cause is StopCause.Preempted or StopCause.PreemptedForGood ? ", and is being preempted" : "")}", null);
    }

    private void TimePasses()
    {
        if (_end is not null)
            return;
        if (_warning.Look())
            SayWarned();
        if (IsNear(Lead) && !_warning.IsUnderWay)
        {
            // The end may have moved since Slurm was asked last.
            _watch!.Ask(QuickAnswer);
            if (IsNear(Lead))
                Ask(InterruptionKind.Deadline, "the job's end is near", null);
        }

        if (_options.StopFile is { } file && _forced is null && File.Exists(file))
        {
            Ask(InterruptionKind.StopFile, $"the stop file {file} is there", null);
            _forced = new(_program, Lead, TermToKill, _time);
        }

        if (_hang is not null && _forced is null && _hang.Look())
        {
            _hung = true;
            Words.Say($"nothing new in {_options.CheckpointFolder} for {Durations.Format(_options.HangTimeout!.Value)}: the program hangs; it is warned, and ended if it does not stop");
            Warn();
            _forced = new(_program, Lead, TermToKill, _time);
        }

        _forced?.Look();
        if (LastCall is { } call && _time.GetUtcNow() >= call && _triedLastCall != call)
        {
            _triedLastCall = call;
            _ending.Carry(null, done: false, _hung, ReceivedByNow, WasWarned || _termSent, Progress(AtLastCall), () => Deadline);
        }

        _status!.Write(Deadline, Cause());
        if (_settled <= _time.GetUtcNow())
        {
            // Not before an end, which is to go by without reading files.
            _settled = null;
            if (_received.Count == 0 && _forced is null)
                OwnMemory.GiveBack();
        }
    }

    private bool IsNear(TimeSpan lead) => End - _time.GetUtcNow() < lead;

    private TimeSpan NextLook()
    {
        var wait = Idle;
        var now = _time.GetUtcNow();
        Sooner(_settled - now);
        Sooner(_warning.IsPending ? _warning.NextLook : null);
        Sooner(_warning.IsUnderWay ? null : End - Lead - now);
        Sooner(LastCall is { } call && call != _triedLastCall ? call - now : null);
        Sooner(_forced?.Left);
        if (_forced is null)
        {
            Sooner(_options.StopFile is null ? null : StopFileInterval);
            Sooner(_hang?.Interval);
        }

        Sooner(_status!.FollowsOuter ? OuterStatusInterval : null);
        return wait;

        void Sooner(TimeSpan? other)
        {
            if (other < wait)
                wait = other.Value;
        }
    }

    private void Receive(InterruptionKind kind, string description, string? signal)
    {
        var interruption = new Interruption(kind, _time.GetUtcNow(), description, signal) { Heard = _time.GetTimestamp() };
        var before = _received.FindIndex(one => one.Kind == kind);
        if (before < 0)
            _received.Add(interruption);
        else
            _received[before] = interruption;
        if (signal is not null)
            _watch?.AskSoon();
    }

    // Something asks the program to stop.
    private void Ask(InterruptionKind kind, string description, string? signal)
    {
        Receive(kind, description, signal);
        var asked = _warning.IsUnderWay;
        if (!asked)
            Words.Say($"{description}: the program is to stop{(Deadline is { } end ? $", it has {Durations.Format(end - _time.GetUtcNow())}" : "")}");
        Warn();
    }

    // srun hears every warning, and hands it on to wrappers of tasks, which know better what became of it.
    private bool WasWarned => _warning.WasDelivered && !(_state is { } state && File.Exists(state.Tasks));

    private void Warn()
    {
        if (_warning.Request())
            SayWarned();
        else if (_warning.IsPending)
            Words.Say($"the program does not listen to {SignalName.Of(_options.WarnWith)} yet; it is warned as soon as it does");
    }

    private void SayWarned()
    {
        Words.Say($"the program (pid {_program.Pid}) is warned by {SignalName.Of(_options.WarnWith)}");
        if (WarnedFile is { } mark)
            Mark(mark);
    }

    // By which the wrapper of a task talks to that of the job.
    private string? WarnedFile => _options.IsTask && Environment.GetEnvironmentVariable(ProgramVariables.WarnedFile) is { Length: > 0 } file ? file : null;

    private static void Mark(string path)
    {
        try
        {
            File.WriteAllBytes(path, []);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Words.Say($"warning: the wrapper of the job is not told whether this task is warned: {error.Message}");
        }
    }

    private bool? Progress(TimeSpan patience) => _progressBefore is { } before ? FolderProgress.Of(_options.CheckpointFolder!, patience).IsBeyond(before) : null;

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

    private int Ended(ProcessEnd end, bool done)
    {
        _submitted.FinishLooking();

        // What came together with the end counts: a signal that killed the program, above all.
        _ = ReceivedByNow();
        if (_options.IsTask)
            return end.ShellCode;
        var decision = _ending.Carry(end, done, _hung, ReceivedByNow, WasWarned || _termSent || _forced is { HasSent: true }, Progress(FolderProgress.Patience), () => Deadline);
        if (decision.Action == EndAction.Leave && decision.Kind != EndKind.Requeued)
            _state?.Remove();
        if (decision.WhyChainEnds(_options.RequeueCrashes) is { } why)
            SayChainEnds(why);
        return decision.ExitCode;
    }

    private IReadOnlyList<Interruption> ReceivedByNow()
    {
        while (_inbox.Take(TimeSpan.Zero) is { } action)
            action();
        return [.. _received];
    }

    private void SayChainEnds(string why)
    {
        if (_submitted.EndChain(why) is { } sentence)
            Words.Say(sentence);
    }
}
