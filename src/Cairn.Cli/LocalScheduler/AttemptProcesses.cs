using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Cairn.Cli.LocalScheduler.Imitations;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.LocalScheduler.Processes;
using Cairn.Cli.LocalScheduler.Protocol;
using Cairn.Cli.Processes;
using Cairn.Posix;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Cli.LocalScheduler;

/// <summary>
/// The processes of one attempt, and which of them Slurm itself would have started: the batch shell and the tasks. Only
/// those get signals; all others are known by descent alone, and get KILL.
/// </summary>
/// <param name="children">Starts them.</param>
/// <param name="guard">The one child that belongs to no attempt.</param>
/// <param name="mainEnded">The batch shell, or without one all tasks, ended. Called on another thread.</param>
internal sealed class AttemptProcesses(Children children, int guard, Action<ProcessEnd> mainEnded)
{
    // Two commands, so that no shell replaces itself by the first. What runs is given as arguments, not as text.
    private const string ChildScript = "\"$@\"; exit $?";
    private const string TaskChildScript = "trap : 1 2 3 10 12 14 15; \"$@\"; exit $?";

    private readonly Dictionary<int, ProcessId> _tasks = [];
    private readonly Dictionary<Connection, Step> _steps = [];
    private Step? _ownStep;
    private ProcessId? _batchShell;
    private int _ownTasksLeft;
    private ProcessEnd _worstEnd;

    /// <summary>Set for the rest of the attempt once a signal was sent to one of its processes.</summary>
    public bool Heard { get; private set; }

    /// <summary>The steps that run.</summary>
    public IReadOnlyList<Step> Steps => [.. (_ownStep is null ? [] : (Step[])[_ownStep]).Concat(_steps.Values)];

    public bool HasBatchShell => _batchShell is not null;

    /// <summary>A task of a step of this attempt lives.</summary>
    public bool TasksAlive => _tasks.Values.Any(IsAlive);

    /// <summary>srun has a step and has not said yet which processes its tasks are.</summary>
    public bool IsStepStarting => _steps.Values.Any(step => step.IsStarting);

    /// <summary>Whether there is something to start at all; said before anything else is.</summary>
    /// <exception cref="UsageException">There is no such program, or no such interpreter of the script.</exception>
    public static void Check(LocalOptions options, Dictionary<string, string?> variables) =>
        _ = Executables.Find(options.Script?.Interpreter[0] ?? options.Command[0], variables["PATH"]!, options.Folder);

    /// <summary>Starts the attempt in its form.</summary>
    /// <exception cref="UsageException">The program cannot be started.</exception>
    public void Start(LocalOptions options, JobFolder folder, Dictionary<string, string?> variables, SafeHandlePair streams, DateTimeOffset now)
    {
        using var nothing = Descriptors.OpenNothing();
        switch (options.Form)
        {
            case LaunchForm.Srun:
                StartTasks();
                break;
            case LaunchForm.TaskChild:
                StartTasks("/bin/sh", "-c", TaskChildScript, "task");
                break;
            case LaunchForm.Exec:
                StartBatchShell();
                break;
            case LaunchForm.Child:
                StartBatchShell("/bin/sh", "-c", ChildScript, "batch");
                break;
            default:
                StartBatchShell([.. options.Script!.Interpreter, folder.Script]);
                break;
        }

        void StartTasks(params string[] before)
        {
            _ownTasksLeft = options.Layout.Tasks;
            var processes = new List<int>();
            for (var rank = 0; rank < options.Layout.Tasks; rank++)
            {
                JobEnvironment.AddTask(variables, step: 0, options.Layout, rank);
                var pid = Start(before, OwnTaskEnded);
                processes.Add(pid);
                if (ProcessTable.Find(pid) is { } entry)
                    _tasks[pid] = entry.Id;
            }

            _ownStep = new(Number: 0, options.Layout, Path.GetFileName(options.Command[0]), now, processes);
        }

        void StartBatchShell(params string[] before)
        {
            var pid = Start(before, mainEnded);
            _batchShell = ProcessTable.Find(pid)?.Id;
        }

        // Before the program or the script's arguments stands who runs them.
        int Start(string[] before, Action<ProcessEnd> onEnd)
        {
            var path = Executables.Find(before is [var first, ..] ? first : options.Command[0], variables["PATH"]!, options.Folder);
            try
            {
                var start = new ProcessStart(path, [.. before.Select(Encoding.UTF8.GetBytes), .. options.CommandBytes], InheritedBytes.EnvironmentWith(variables))
                {
                    Folder = options.Folder == Environment.CurrentDirectory ? null : options.Folder,
                    Input = nothing,
                    Output = streams.Output,
                    Error = streams.Error,
                };
                return children.Start(start, onEnd);
            }
            catch (Win32Exception error)
            {
                throw new UsageException(
                    error.NativeErrorCode == Errno.NotExecutable
                        ? $"'{path}' is neither a binary of this machine nor a script with a #! line."
                        : $"'{path}' could not be started: {error.Message}.");
            }
        }
    }

    /// <summary>srun may begin this step.</summary>
    public void StepBegins(Connection connection, Step step) => _steps[connection] = step;

    /// <summary>The tasks of a step that srun has started.</summary>
    public void StepStarted(Connection connection, IReadOnlyList<int> processes)
    {
        if (!_steps.TryGetValue(connection, out var step))
            return;
        _steps[connection] = step with { Processes = processes };
        foreach (var pid in processes)
        {
            if (ProcessTable.Find(pid) is { } entry)
                _tasks[pid] = entry.Id;
        }

        SendTo(processes, step.SentWhileStarting);
    }

    /// <summary>srun has gone. What lives of its step is killed, unless the batch shell's end took srun away.</summary>
    public void StepClosed(Connection connection, bool kill)
    {
        if (!_steps.Remove(connection, out var step))
            return;
        foreach (var pid in step.Processes)
        {
            if (!_tasks.TryGetValue(pid, out var task))
                continue;
            if (kill)
                _ = Signals.Send(task, SignalName.Kill);
            if (kill || !IsAlive(task))
                _tasks.Remove(pid);
        }
    }

    /// <summary>Returns whether anybody was there to hear it; a step that is just starting is.</summary>
    public bool Send(Audience audience, IReadOnlyList<int> signals)
    {
        var heard = false;
        foreach (var signal in signals)
        {
            if (audience.HasFlag(Audience.BatchShell) && _batchShell is { } shell)
                heard |= Signals.Send(shell, signal);
            if (audience.HasFlag(Audience.Tasks))
            {
                foreach (var task in _tasks.Values)
                    heard |= Signals.Send(task, signal);
            }
        }

        Heard |= heard;
        if (!audience.HasFlag(Audience.Tasks))
            return heard;
        foreach (var step in _steps.Values.Where(step => step.IsStarting))
        {
            step.SentWhileStarting.AddRange(signals.Where(signal => signal != SignalName.Tstp)); // the suspension that it announces may be over by then
            heard = true;
        }

        return heard;
    }

    /// <summary><c>scancel JOB.STEP</c>: a signal to the tasks of one step; without --signal that is KILL. Returns whether there is such a step.</summary>
    public bool SendToStep(int number, int signal)
    {
        if (Steps.FirstOrDefault(step => step.Number == number) is not { } step)
            return false;
        if (step.IsStarting)
            step.SentWhileStarting.Add(signal);
        SendTo(step.Processes, [signal]);
        return true;
    }

    /// <summary>Stops every process where it is, or lets all go on.</summary>
    public void Freeze(bool on)
    {
        foreach (var process in ProcessTable.Read().Descendants([Environment.ProcessId], new HashSet<int> { guard }))
            _ = Signals.Send(process.Id, on ? SignalName.Stop : SignalName.Cont);
    }

    /// <summary><c>scancel --signal</c>.</summary>
    public void Send(SignalScope scope, int signal)
    {
        if (scope != SignalScope.Everything)
        {
            _ = Send(scope == SignalScope.Tasks ? Audience.Tasks : Audience.BatchShell, [signal]);
            return;
        }

        foreach (var process in ProcessTable.Read().Descendants([Environment.ProcessId], new HashSet<int> { guard }))
            Heard |= Signals.Send(process.Id, signal);
    }

    /// <summary>The batch shell is gone: its other descendants go too, the tasks stay.</summary>
    public void KillBatchLeftovers() => Kill(except: [guard, .. _tasks.Keys]);

    /// <summary>Nothing but the guard is left afterwards; returns what could not be killed in time.</summary>
    public IReadOnlyList<ProcessEntry> KillAll() => Kill(except: [guard]);

    private void SendTo(IReadOnlyList<int> processes, IReadOnlyList<int> signals)
    {
        foreach (var signal in signals)
        {
            foreach (var pid in processes)
            {
                if (_tasks.TryGetValue(pid, out var task))
                    Heard |= Signals.Send(task, signal);
            }
        }
    }

    private static List<ProcessEntry> Kill(HashSet<int> except) => Signals.KillDescendants(except, TimeSpan.FromSeconds(10));

    private static bool IsAlive(ProcessId process) =>
        ProcessTable.Find(process.Pid) is { IsZombie: false } entry && entry.Id == process;

    // Called on the one thread that waits for children.
    private void OwnTaskEnded(ProcessEnd end)
    {
        if (end.ShellCode > _worstEnd.ShellCode)
            _worstEnd = end;
        if (Interlocked.Decrement(ref _ownTasksLeft) == 0)
            mainEnded(_worstEnd);
    }
}

/// <summary>Where the attempt's output goes; null to inherit.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SafeHandlePair(SafeFileHandle? Output, SafeFileHandle? Error);
