using Cairn.Cli.LocalScheduler.Processes;
using Cairn.Cli.Processes;
using Cairn.Posix;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary>The tasks that srun starts. Safe for several threads: a signal that comes before all are started goes to all of them then.</summary>
internal sealed class StepTasks
{
    private readonly Lock _gate = new();
    private readonly Children _children = Children.Adopt();
    private readonly List<int> _started = [];
    private readonly List<int> _early = [];
    private readonly List<Task<ProcessEnd>> _ends = [];

    /// <summary>Their process ids, by rank.</summary>
    public IReadOnlyList<int> Processes
    {
        get
        {
            lock (_gate)
                return [.. _started];
        }
    }

    /// <summary>How they end, by rank.</summary>
    public IReadOnlyList<Task<ProcessEnd>> Ends => _ends;

    /// <summary>Starts one after the other.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">One could not be started.</exception>
    public void Start(IEnumerable<ProcessStart> starts)
    {
        lock (_gate)
        {
            foreach (var start in starts)
            {
                var end = new TaskCompletionSource<ProcessEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
                _started.Add(_children.Start(start, end.SetResult));
                _ends.Add(end.Task);
            }
        }

        foreach (var signal in _early)
            Send(signal);
    }

    /// <summary>To each that lives.</summary>
    public void Send(int signal)
    {
        lock (_gate)
        {
            if (_started.Count == 0)
            {
                _early.Add(signal);
                return;
            }
        }

        foreach (var pid in Processes)
        {
            // An ended task stays a zombie only until it is waited for; the table tells whether it is still ours.
            if (ProcessTable.Find(pid) is { } entry && entry.Parent == Environment.ProcessId)
                _ = Signals.Send(entry.Id, signal);
        }
    }
}
