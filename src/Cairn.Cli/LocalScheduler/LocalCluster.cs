using System.Collections.Concurrent;
using System.Globalization;
using Cairn.Cli.Contract;
using Cairn.Cli.LocalScheduler.Imitations;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.LocalScheduler.Processes;
using Cairn.Cli.LocalScheduler.Protocol;
using Cairn.Cli.LocalScheduler.Reports;
using Cairn.Cli.Processes;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.LocalScheduler;

/// <summary>
/// One machine that stands in for Slurm, for one job. Everything that happens (a process ends, a command asks, Ctrl-C, time
/// passes) is told to the <see cref="Job"/> on one thread, and what it decides is carried out there.
/// </summary>
internal sealed class LocalCluster : IDisposable
{
    private static readonly TimeSpan LiveLinePeriod = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan OrphanedTaskPeriod = TimeSpan.FromMilliseconds(20);

    private readonly LocalOptions _options;
    private readonly TimeProvider _time;
    private readonly Job _job;
    private readonly int _jobId = Environment.ProcessId;
    private readonly BlockingCollection<Action> _inbox = [];
    private readonly Progress _progress = new();
    private readonly JobFolder _folder;
    private readonly Children _children;
    private readonly GuardProcess _guard;
    private readonly Server _server;
    private readonly JobView _view;
    private readonly StatusFile _status;
    private readonly JobEnvironment _environment;
    private readonly string? _output;
    private readonly string? _error;
    private readonly HashSet<string> _saidNotImitated = new(StringComparer.Ordinal);

    private AttemptProcesses? _processes;
    private AttemptStreams? _streams;
    private bool _batchEnded;
    private ProcessEnd? _mainEndWaits;
    private int _nextStep;

    public LocalCluster(LocalOptions options, IReadOnlyList<string> self, TimeProvider time)
    {
        _options = options;
        _time = time;
        _job = new(options.Job, time);
        var name = new LogName(_jobId, options.Array?.Task, options.JobName, Environment.UserName, JobEnvironment.Node);
        _output = LogPath(options.Output);
        _error = LogPath(options.Error);
        _children = Children.Adopt();
        _folder = JobFolder.Create(self);
        _guard = GuardProcess.Start(_children, self, _folder);
        _view = new(_jobId, _job, options with { Output = _output, Error = _error }, time.GetUtcNow(), time, () => _processes);
        _status = new(_folder.Status);
        _environment = new(options, _jobId, _folder);
        _server = new(_folder.Socket, AnswerAsync, connection => Post(() => StepClosed(connection)));
        if (options.Script is not null)
            _folder.WriteScript(options.Script.Content);

        string? LogPath(string? pattern)
        {
            if (pattern is null)
                return null;
            var path = Path.GetFullPath(name.Fill(pattern), options.Folder);
            return Directory.Exists(Path.GetDirectoryName(path))
                ? path
                : throw new UsageException(
                    $"The log's folder {Path.GetDirectoryName(path)} does not exist. On a cluster the job would die without a word; make it, or use --output.");
        }
    }

    /// <summary>Runs the job to its end and returns its exit code.</summary>
    /// <exception cref="UsageException">The program could not be started at all.</exception>
    /// <exception cref="IOException">The log cannot be opened, or the report not be written.</exception>
    public int Run()
    {
        _server.Start();
        using var signals = new StopSignals(stop => Post(() => Stop(stop)), () => Post(_job.Preempt), _time);
        try
        {
            AttemptProcesses.Check(_options, _environment.ForBatch(_job));
            _progress.Event($"job {_jobId}: its scontrol, squeue and scancel for other terminals are in {_folder.Bin}");
            foreach (var note in _options.Notes)
                _progress.Event(note);
            if (_options.Job is { Warning: { } warning, Limit: { } limit } && warning.Lead >= limit)
                _progress.Event($"the warning {warning} is to come earlier before the end than the limit is long: as under Slurm it comes at the start");
            _job.Submit();
            Act();
            while (_job.Outcome is null)
            {
                if (_inbox.TryTake(out var happened, (int)Math.Ceiling(Wait().TotalMilliseconds)))
                    happened();
                if (_batchEnded && _processes is { TasksAlive: false })
                    _job.TasksEnded();
                _job.TimePasses();
                Act();
                _progress.Refresh(_job, _time.GetUtcNow());
            }
        }
        finally
        {
            _processes?.KillAll();
            _streams?.Dispose();
            _progress.End();
        }

        Report();
        return _job.Outcome.ExitCode;
    }

    public void Dispose()
    {
        _server.Dispose();
        _guard.Dismiss();
        _folder.Dispose();
        _inbox.Dispose();
    }

    private TimeSpan Wait()
    {
        var wait = _progress.IsLive ? LiveLinePeriod : TimeSpan.FromMinutes(1);
        if (_batchEnded && _processes is not null)
            wait = OrphanedTaskPeriod;
        if (_job.NextInstant is { } next)
            wait = Smaller(wait, next - _time.GetUtcNow());
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;

        static TimeSpan Smaller(TimeSpan a, TimeSpan b) => a < b ? a : b;
    }

    /// <summary>Carries out what the job decided, and what it decides upon that.</summary>
    private void Act()
    {
        while (_job.TakeActions() is { Count: > 0 } actions)
        {
            foreach (var action in actions)
                Act(action);
        }

        if (_job.Outcome is null)
            WriteStatus(_processes?.Heard ?? false);
    }

    // In a launch form that hears nothing the file stays silent too: on a cluster nobody writes it.
    private void WriteStatus(bool heard)
    {
        var cause = heard ? _job.StopRequest : null;
        _status.Write(ProgramStatus.Of(_jobId, _job.Attempt, _job.Deadline, cause is not null, cause));
    }

    private void Act(JobAction action)
    {
        switch (action)
        {
            case JobAction.StartAttempt start:
                StartAttempt(start.Attempt);
                break;
            case JobAction.Signal signal:
                if (_processes?.Send(signal.To, signal.Signals) is false)
                    _progress.Event(signal.To == Audience.BatchShell ? "nobody hears that: there is no batch shell in this form" : "nobody hears that: no task of srun is running");
                break;
            case JobAction.Freeze freeze:
                _processes?.Freeze(freeze.On);
                break;
            case JobAction.KillBatchLeftovers:
                _batchEnded = true;
                _processes?.KillBatchLeftovers();
                break;
            case JobAction.KillAll:
                EndAttempt();
                break;
            case JobAction.Report report:
                _progress.Event(report.Text);
                break;
        }
    }

    private void StartAttempt(int attempt)
    {
        _batchEnded = false;
        _mainEndWaits = null;
        // The tasks that are started without a batch shell are step 0.
        _nextStep = _options.Form is LaunchForm.Srun or LaunchForm.TaskChild ? 1 : 0;
        var limit = _job.Limit is { } time ? $"limit {Durations.Format(time)}" : "no limit";
        _progress.Event(attempt == 1 ? $"job {_jobId}, attempt 1 begins, {limit}" : $"attempt {attempt} begins, {limit}");
        _streams = AttemptStreams.Open(_output, _error, _options.TruncateLog, _progress);
        AttemptProcesses processes = null!;
        _processes = processes = new(_children, _guard.Pid, end => Post(() => MainEnded(processes, end)));
        WriteStatus(heard: false);
        try
        {
            processes.Start(_options, _folder, _environment.ForBatch(_job), _streams.Handles, _time.GetUtcNow());
        }
        catch (UsageException error) when (attempt > 1)
        {
            // It could be started before: the job fails, as it does on a cluster, and the story so far is told.
            _progress.Event(error.Message);
            const int cannotExecute = 126;
            _job.MainEnded(ProcessEnd.Exited(cannotExecute), tasksAlive: false);
        }
    }

    private void MainEnded(AttemptProcesses processes, ProcessEnd end)
    {
        if (ReferenceEquals(processes, _processes))
        {
            // A script can end right behind its srun: what that is just starting are tasks, and are asked before they are ended.
            if (processes.IsStepStarting)
                _mainEndWaits = end;
            else
                _job.MainEnded(end, processes.TasksAlive);
        }
    }

    private void StepIsUp()
    {
        if (_mainEndWaits is not { } end || _processes is not { IsStepStarting: false } processes)
            return;
        _mainEndWaits = null;
        _job.MainEnded(end, processes.TasksAlive);
    }

    private void EndAttempt()
    {
        foreach (var left in _processes!.KillAll())
            _progress.Event($"process {left.Id.Pid} does not end although it was killed; it waits for a device or a file system");
        _processes = null;
        _streams!.Dispose();
        _streams = null;
        _job.AllGone();
        var last = _job.Attempts[^1];
        var next = _job.Outcome is null ? $"; attempt {_job.Attempt + 1} begins in {Durations.Format(_options.Job.RequeueDelay)}" : "";
        _progress.Event($"attempt {last.Number} ended after {Durations.Format(last.Ran)}: {last.Ending.Text()}{next}");
    }

    private void Stop(StopRequest request)
    {
        _progress.Event(request.AtOnce ? "again: KILL to all" : $"{request.Name}: the job is cancelled; once more kills it at once");
        _job.Cancel(request.ExitCode, request.AtOnce);
    }

    private void StepClosed(Connection connection)
    {
        _processes?.StepClosed(connection, kill: _job.TakesSteps && !_batchEnded);
        StepIsUp();
    }

    private Task<Reply?> AnswerAsync(Connection connection, Request request)
    {
        var answer = new TaskCompletionSource<Reply?>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() => answer.SetResult(Answer(connection, request)));
        return answer.Task;
    }

    private Reply? Answer(Connection connection, Request request)
    {
        switch (request.Command)
        {
            case "scontrol":
                return new Scontrol(_view).Run(request);
            case "squeue":
                return new Squeue(_view).Run(request);
            case "scancel":
                return new Scancel(_view).Run(request);
            case Request.StepBegin:
                if (!_job.TakesSteps)
                    return Reply.Failed("Unable to create step: Job/step already completing or completed");
                var asked = request.Arguments;
                if (_options.Layout.OfStep(Number(asked[0]), Number(asked[1]) ?? (_options.SaysTasks ? _options.Layout.Tasks : null), Number(asked[2]), asked[3].Length == 0 ? null : asked[3].Split(','), out var note) is not { } layout)
                    return Reply.Failed(note!);
                SayNotImitated(asked.Skip(4));
                _processes?.StepBegins(connection, new(_nextStep, layout, request.Program ?? "", _time.GetUtcNow(), []));
                return new(0, Error: note ?? "") { Step = new(_nextStep++, layout, _options.Job.KillWait) };
            case Request.StepStarted:
                _processes?.StepStarted(connection, request.Processes ?? []);
                StepIsUp();
                return null;
            default:
                return Reply.Failed($"cairn local does not imitate {request.Command}: it runs one job on one machine");
        }
    }

    private static int? Number(string text) => text.Length == 0 ? null : int.Parse(text, CultureInfo.InvariantCulture);

    // Once: a script may start many steps.
    private void SayNotImitated(IEnumerable<string> options)
    {
        var news = options.Where(_saidNotImitated.Add).ToArray();
        if (news.Length > 0)
            _progress.Event($"not imitated, and so without effect here: srun {string.Join(' ', news)}");
    }

    private void Report()
    {
        var report = JobReport.Of(_jobId, _folder.Bin, _job);
        var json = report.Json();
        if (_options.ReportFile is not null)
            File.WriteAllText(_options.ReportFile, json + "\n");
        if (_options.JsonReport)
            Console.Out.WriteLine(json);
        else
            report.WriteTable(_progress.Terminal);
    }

    private void Post(Action action)
    {
        try
        {
            _inbox.Add(action);
        }
        catch (ObjectDisposedException)
        {
            // The job is over; nobody waits for this any more.
        }
    }
}
