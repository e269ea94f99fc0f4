using Cairn.Attempts;
using Cairn.Cli.Processes;
using Cairn.Cli.Submissions;
using Cairn.Cli.Wrapper.History;
using Cairn.Cli.Wrapper.Together;
using Cairn.Ranks;
using Cairn.Slurm;

namespace Cairn.Cli.Wrapper;

/// <summary>
/// <c>cairn run</c>: a program as if there were no wrapper, but warned in time, and requeued when it was stopped. Here it begins and ends;
/// between that the core delivers (<see cref="Delivery"/>), and a worker that may be slow does all else (<see cref="JobWorker"/>).
/// </summary>
internal sealed class WrapperRun : IDisposable
{
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(5);
    private const int LongestProgram = 300; // letters of its command line that the journal keeps

    private readonly WrapperOptions _options;
    private readonly TimeProvider _time;
    private readonly SubmittedJob _submitted;
    private readonly SlurmJob? _job;
    private readonly int _attempt;
    private readonly bool _wrapperRequeues;
    private readonly IReadOnlyList<string> _foreign;
    private ProgramStatusKeeper? _status;
    private JobWorker? _worker;
    private Action? _leave;
    private HubServer? _hub;
    private RankAgreement? _ranks;

    /// <exception cref="UsageException">It cannot be run in this place.</exception>
    public WrapperRun(WrapperOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);
        _foreign = options.IsTask ? [] : ForeignVariables.Find(time);
        foreach (var name in _foreign)
            Environment.SetEnvironmentVariable(name, null);
        if (_foreign.Count > 0)
            Words.Say(ForeignVariables.InWords(_foreign));
        _options = options with { CheckpointFolder = OfElement(options.CheckpointFolder) };
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
    }

    /// <summary>Runs the program to its end and returns the exit code.</summary>
    /// <exception cref="UsageException">It cannot be started.</exception>
    public int Run()
    {
        try
        {
            return Start();
        }
        catch (OutOfMemoryException error)
        {
            // Only before the program is started: all that its end needs is there by then.
            throw new UsageException($"Nothing was run, for there is no room for another thread or its memory (ulimit -u, ulimit -v): {error.Message}");
        }
    }

    public void Dispose()
    {
        _worker?.Dispose();
        _ranks?.Dispose();
        _hub?.Dispose();
        _status?.Dispose();
        try
        {
            _leave?.Invoke();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next one sees that this one is gone.
        }

        Words.Finish(LastWords);
    }

    // An element of a job array has a folder of its own, as cairn script makes it; one that is named after the element is that already.
    private static string? OfElement(string? folder)
    {
        if (folder is null || Environment.GetEnvironmentVariable("SLURM_ARRAY_TASK_ID") is not { Length: > 0 } task || !task.All(char.IsAsciiDigit))
            return folder;
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(folder));
        return name == task || name.EndsWith("-" + task, StringComparison.Ordinal) || name.EndsWith("_" + task, StringComparison.Ordinal) ? folder : Path.Combine(folder, task);
    }

    // Null where there is nothing in the way, or the file system does not say.
    private static string? InTheWay(string folder, Aside aside)
    {
        try
        {
            return aside.Do(
                () =>
                {
                    var path = folder;
                    while (!Path.Exists(path) && Path.GetDirectoryName(path) is { } above)
                        path = above;
                    return Directory.Exists(path) ? null : path;
                },
                Files.Patience);
        }
        catch (IOException)
        {
            return null;
        }
    }

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

    private int Start()
    {
        Words.SayAside();
        var aside = new Aside();
        if (_options.CheckpointFolder is { } wanted && InTheWay(wanted, aside) is { } file)
            throw new UsageException($"--checkpoint-dir {wanted} can be no folder, for {file} is a file.");
        var path = Executables.Find(_options.Command[0], Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin", WorkingDirectory.Path);

        // Who is inside of another wrapper of the same job leaves its notes to that one.
        var isInside = _options.IsTask || _wrapperRequeues;
        var state = _job is not null && !isInside ? StateFolder.Make(_options.CheckpointFolder ?? WorkingDirectory.Path, _job.Id, _attempt, _options.Command, aside) : null;
        _leave = () => aside.Do(() => state?.Leave(), LastWords);
        var status = _status = new(state, isInside, _attempt, aside);
        var doneFile = _options.DoneFile ?? state?.Done ?? (isInside ? ProgramVariables.Inherited(ProgramVariables.DoneFile) : null) ?? status.Beside("done");
        if (WhyNotStart(doneFile, state, aside) is { } code)
            return code;

        var journal = state is null ? null : new JobJournal(state.Path, _attempt, aside);
        if (state is not null && Begin(state, journal!, aside) is { } again)
            return again;
        var delivery = new Delivery(_options.Warning, _options.WarnWith, aside, _time);
        var program = new WrappedProgram(delivery.HearEnd);
        var signals = new WrapperSignals(_options.Warning, _options.WarnWith, Shells.Runs(path), delivery.Hear);
        signals.Prepare();
        status.WriteFirst(_job?.EndTime);
        var before = _options.CheckpointFolder is { } folder ? aside.Progress(folder, _options.ProgressPattern, FolderProgress.Patience) : null;
        var pages = BringTogether(status, aside);
        var worker = _worker = new(_options, _job, _submitted, _attempt, _wrapperRequeues, program, delivery, _ranks, state, journal, status, doneFile, before, aside, _time);
        var environment = ProgramVariables.For(
            _job,
            _attempt,
            _foreign,
            (ProgramVariables.CheckpointFolder, _options.CheckpointFolder),
            (ProgramVariables.Status, status.Path),
            (ProgramVariables.DoneFile, doneFile),
            (ProgramVariables.SaysFolder, status.Says),
            (ProgramVariables.Pages, pages?.Path),
            (ProgramVariables.Reports, journal?.Reports),
            (JobHub.Variable, _hub?.Address.ToString()),
            (ProgramVariables.WarnedFile, state?.Warned));
        if (state is not null && _attempt == 1)
            aside.Begin(() => OldJobs.Remove(Path.GetDirectoryName(state.Path)!, _time.GetUtcNow()));
        program.Start(path, InheritedBytes.LastArguments(_options.Command.Count), environment, signals.BlockedForProgram);
        signals.ListenToAll();
        worker.ProgramRuns();
        return delivery.Run(program, worker);
    }

    // Nobody can tell beforehand which programs are several ranks: a script may start a launcher, or the ranks themselves. So all may make pages.
    private PageFolder? BringTogether(ProgramStatusKeeper status, Aside aside)
    {
        var step = _options.IsTask && ProgramVariables.Own() is { WorldSize: > 1 } own ? own : null;
        var hasTasks = _job is not null && !_wrapperRequeues && JobHub.HasSeveralTasks(Environment.GetEnvironmentVariable);
        if (hasTasks)
            _hub = JobHub.Listen(_time);
        var pages = PageFolder.Make(status.Beside(PageFolder.Name), _attempt, aside);
        _ranks = pages is null ? null : new(pages, step, _time);
        return pages;
    }

    // Says what the attempts before have come to, and writes down that this one begins. Not null where an attempt before has decided all.
    private int? Begin(StateFolder state, JobJournal journal, Aside aside)
    {
        try
        {
            var attempts = aside.Do(() => JobJournal.Read(state.Path, state.Command), Files.Patience);
            if (WrappedAttempt.Decided(attempts, _attempt, state.Command) is { } decided)
            {
                Words.Say($"attempt {_attempt} is not run, for attempt {decided.Number} has ended the job ({decided.End!.Reason}); remove {state.Path} to run it again");
                return decided.End.Final;
            }

            var last = WrappedAttempt.Newest(attempts, one => one.Command == state.Command && one.End is not null);
            var step = WrappedAttempt.Newest(attempts, one => one.Command == state.Command && one.End?.SavedStep is not null)?.End!.SavedStep;
            Words.Say(
                $"{_time.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'}: attempt {_attempt} of job {_job!.Id} begins"
                + (last is null ? _attempt > 1 ? "; how the one before has ended is not known" : "" : $"; attempt {last.Number}: {last.ReasonAlone}")
                + (step is null ? "" : $"; step {step} is saved") + (last is null || _options.CheckpointFolder is not { } folder ? "" : $"; it goes on from {folder}"));
            journal.Keep(new AttemptStarted(
                _time.GetUtcNow(), _attempt, _job.Id, _job.Restarts, _job.Step, _job.WorldSize, ProcessIdentity.Current, ProgramInWords(), CairnVersion.Text, null,
                Allocation.FromEnvironment(Environment.GetEnvironmentVariable), state.Command, _options.CheckpointFolder));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Words.Say($"warning: the journals in {state.Path} cannot be read and written: {error.Message}");
        }

        return null;
    }

    private string ProgramInWords()
    {
        var words = string.Join(' ', _options.Command);
        return words.Length <= LongestProgram ? words : words[..LongestProgram] + "...";
    }

    // A program may be done and end with an exit code of its own, as torchrun does where a rank has left: Slurm sees the same once more.
    private int CodeOfDone(StateFolder state, Aside aside)
    {
        try
        {
            return WrappedAttempt.Decided(aside.Do(() => JobJournal.Read(state.Path, state.Command), Files.Patience), _attempt, state.Command)?.End!.Final ?? ExitCodes.Success;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Words.Say($"warning: {state.Path} cannot be read, so the exit code is 0: {error.Message}");
            return ExitCodes.Success;
        }
    }

    private int? WhyNotStart(string? doneFile, StateFolder? state, Aside aside)
    {
        if (_submitted.IsOver)
        {
            // Once more: the earlier job may have been stopped before it had cancelled this one and the others.
            Words.Say($"not started: an earlier job has ended the chain (remove {_submitted.EndMark} to run this one). {_submitted.EndChain("The chain is over")}");
            return ExitCodes.Success;
        }

        if (!_options.IsTask && doneFile is not null && aside.Exists(doneFile))
        {
            Words.Say($"the work is done: {doneFile} is there; remove it to run again");
            if (_submitted.EndChain(Chain.WorkIsDone) is { } sentence)
                Words.Say(sentence);
            return state is null ? ExitCodes.Success : CodeOfDone(state, aside);
        }

        var isStopped = state is not null && aside.Exists(state.Stop);
        if (!isStopped && !(_options.StopFile is { } stop && aside.Exists(stop)))
            return null;
        Words.Say(isStopped ? $"not started: the job was stopped by cairn stop; cairn resume {_job!.Id} lets it go on" : $"not started: the stop file {_options.StopFile} is there; remove it to go on");
        return ExitCodes.Terminated;
    }
}
