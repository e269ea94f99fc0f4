using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Cairn.Cli.LocalScheduler.Commands;
using Cairn.Cli.LocalScheduler.Link;
using Cairn.Cli.LocalScheduler.Processes;
using Cairn.Cli.LocalScheduler.Reporting;

namespace Cairn.Cli.LocalScheduler;

/// <summary>Runs a job: what happens becomes events for <see cref="LocalJob"/>, and what it decides is done to real processes.</summary>
/// <remarks>
/// Everything goes through one queue and is done on the one thread that calls <see cref="Run"/>. It also starts all processes,
/// since the kernel ends them with the thread that started them.
/// </remarks>
internal sealed class Scheduler : IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ScreenInterval = TimeSpan.FromSeconds(1);

    private readonly TimeProvider time = TimeProvider.System;
    private readonly JobFolder folder = new();
    private readonly Offspring offspring = new();
    private readonly BlockingCollection<Action> queue = [];
    private readonly ConcurrentDictionary<ProcessKey, byte> tasks = [];
    private readonly string jobId = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
    private readonly LocalJob job;
    private readonly Launch launch;
    private readonly Screen screen;
    private readonly SlurmCommands commands;
    private readonly CommandServer server;
    private ProcessKey? batchShell;
    private int running;
    private int highestExitCode;
    private int steps;
    private bool mainGone;
    private int? exitCode;

    public Scheduler(JobSettings settings, Launch launch, IReadOnlyList<string> passedOver)
    {
        Offspring.Adopt();
        this.launch = launch;
        job = new LocalJob(settings, time);
        screen = new Screen(job, time);
        commands = new SlurmCommands(job, jobId, Raise);
        server = new CommandServer(folder.Socket, request => OnLoop(() => Answer(request)));
        if (launch.Script is { } script)
        {
            File.WriteAllBytes(folder.Script, script.Content);
            File.SetUnixFileMode(folder.Script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        if (passedOver.Count > 0)
            screen.Tell($"without effect here: --{string.Join(", --", passedOver)}");
    }

    /// <summary>Runs the job to its end.</summary>
    /// <param name="report">A file for the attempts as JSON; null for none.</param>
    /// <returns>The job's exit code.</returns>
    public int Run(string? report)
    {
        using var interrupt = OnSignal(PosixSignal.SIGINT, "Ctrl-C", ExitCodes.Interrupted);
        using var terminate = OnSignal(PosixSignal.SIGTERM, "TERM", ExitCodes.Terminated);
        using var hangUp = OnSignal(PosixSignal.SIGHUP, "the end of the terminal", 128 + 1);
        while (exitCode is null)
        {
            if (queue.TryTake(out var act, Wait()))
                act();
            Raise(new JobEvent.ClockMoved());
            if (mainGone && exitCode is null && offspring.Alive().Count == 0)
            {
                mainGone = false;
                batchShell = null;
                tasks.Clear();
                Raise(new JobEvent.AllGone());
            }

            screen.Refresh();
        }

        screen.Table();
        if (report is not null)
            AttemptReport.Write(report, job, jobId, exitCode.Value);
        return exitCode.Value;
    }

    public void Dispose()
    {
        offspring.KillAll(time);
        server.Dispose();
        folder.Dispose();
        queue.Dispose();
    }

    private TimeSpan Wait()
    {
        if (mainGone)
            return LookInterval;
        var next = job.NextWake - time.GetUtcNow();
        var wait = next is { } due && due < ScreenInterval ? due : ScreenInterval;

        // Whole milliseconds, upwards: the queue waits for no less, and would spin through the last one.
        return wait > TimeSpan.Zero ? TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)) : TimeSpan.Zero;
    }

    private PosixSignalRegistration OnSignal(PosixSignal signal, string by, int code)
    {
        var times = 0;
        return PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            var second = Interlocked.Increment(ref times) > 1;
            Post(() => Raise(second ? new JobEvent.KillAsked() : new JobEvent.CancelAsked(by, code)));
        });
    }

    // Too late is no error: the job is over, and what was to be done with it too.
    private bool Post(Action act)
    {
        try
        {
            queue.Add(act);
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    private CommandReply OnLoop(Func<CommandReply> ask)
    {
        var answer = new TaskCompletionSource<CommandReply>(TaskCreationOptions.RunContinuationsAsynchronously);
        return Post(() => answer.SetResult(ask())) && answer.Task.Wait(TimeSpan.FromSeconds(30))
            ? answer.Task.Result
            : new CommandReply(1, "", "cairn local: the job is over\n");
    }

    private CommandReply Answer(CommandRequest request)
    {
        try
        {
            switch (request.Command, request.Arguments)
            {
                case ("step", []):
                    return new CommandReply(0, $"{steps++} {job.Settings.Tasks}");
                case ("task", [var pid]) when int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && ProcessTable.Find(number) is { } task:
                    tasks.TryAdd(task.Key, 0);
                    return CommandReply.Done;
                default:
                    return commands.Run(request);
            }
        }
        catch (UsageException error)
        {
            return new CommandReply(1, "", error.Message + "\n");
        }
    }

    private JobAction.Answer Raise(JobEvent happened)
    {
        var answer = new JobAction.Answer(0, string.Empty);
        foreach (var action in job.Handle(happened))
        {
            if (action is JobAction.Answer given)
                answer = given;
            else
                Do(action);
        }

        folder.WriteStatus(job);
        return answer;
    }

    private void Do(JobAction action)
    {
        switch (action)
        {
            case JobAction.StartAttempt:
                Start();
                break;
            case JobAction.Send send:
                foreach (var process in Hearing(send.To))
                    ProcessTable.Signal(process, send.Signal);
                break;
            case JobAction.KillBatchDescendants:
                offspring.KillAll(time, process => tasks.ContainsKey(process));
                break;
            case JobAction.KillAll:
                offspring.KillAll(time);
                break;
            case JobAction.Tell tell:
                screen.Tell(tell.Text);
                break;
            case JobAction.Finish finish:
                exitCode = finish.ExitCode;
                break;
        }
    }

    private IEnumerable<ProcessKey> Hearing(Hearers to)
    {
        if (to.HasFlag(Hearers.BatchShell) && batchShell is { } shell)
            yield return shell;
        if (!to.HasFlag(Hearers.Tasks))
            yield break;
        foreach (var task in tasks.Keys)
            yield return task;
    }

    private void Start()
    {
        highestExitCode = 0;
        steps = launch.StartsTasks ? 1 : 0;
        running = launch.StartsTasks ? job.Settings.Tasks : 1;
        for (var rank = 0; rank < (launch.StartsTasks ? job.Settings.Tasks : 1); rank++)
        {
            var start = new ProcessStartInfo(Self.Command[0], [.. Self.Command.Skip(1), .. ExecStage.Arguments(
                diesWithParent: true, LogFile(launch.Output), LogFile(launch.Error ?? launch.Output), launch.Command(folder.Script))]);
            screen.Prepare(start);
            JobEnvironment.Set(start.Environment, job, jobId, folder);
            if (launch.StartsTasks)
                JobEnvironment.SetTask(start.Environment, 0, rank, job.Settings.Tasks);
            var process = Process.Start(start)!;
            offspring.Owned(process.Id);
            var key = ProcessTable.Find(process.Id)?.Key ?? new ProcessKey(process.Id, 0);
            if (launch.StartsTasks)
                tasks.TryAdd(key, 0);
            else
                batchShell = key;
            screen.Show(process);

            // A thread of its own, not the pool: it lives as long as the process.
            new Thread(() =>
            {
                process.WaitForExit();
                var code = process.ExitCode;
                process.Dispose();
                Post(() => OnExit(code));
            })
            { IsBackground = true, Name = "wait" }.Start();
        }
    }

    private string? LogFile(string? pattern)
    {
        if (pattern is null)
            return null;
        var path = Path.GetFullPath(pattern.Replace("%j", jobId, StringComparison.Ordinal).Replace("%x", job.Settings.Name, StringComparison.Ordinal));
        return Directory.Exists(Path.GetDirectoryName(path))
            ? path
            : throw new UsageException($"the log {path} cannot be written: its folder does not exist (a cluster would fail the job without a word). Make it, or choose another by --output.");
    }

    private void OnExit(int code)
    {
        highestExitCode = Math.Max(highestExitCode, code);
        if (--running > 0)
            return;
        mainGone = true;
        Raise(new JobEvent.MainExited(highestExitCode));
    }
}
