using Cairn.Slurm;

namespace Cairn.Notices;

/// <summary>
/// Hands notices to a command of the user's, each on its standard input, one at a time and by a thread of its own: whoever tells goes on. The
/// thread is there from the start, for at a job's end there may be none to be had.
/// </summary>
internal sealed class Notifier
{
    /// <summary>Longer than that no command runs.</summary>
    public static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private const int StackSize = 256 * 1024;
    private const int MostWaiting = 20;

    private readonly IReadOnlyList<string> command;
    private readonly Action<string> say;
    private readonly object gate = new();
    private readonly Queue<string> waiting = [];
    private bool isBusy;

    /// <param name="command">The program and its arguments; no shell.</param>
    /// <param name="say">Is handed a sentence for each notice that did not arrive.</param>
    /// <exception cref="OutOfMemoryException">No thread can be started.</exception>
    public Notifier(IReadOnlyList<string> command, Action<string> say)
    {
        (this.command, this.say) = (command, say);
        new Thread(Work, StackSize) { IsBackground = true, Name = "cairn notices" }.Start();
    }

    /// <summary>Has somebody told. Never waits.</summary>
    public void Tell(Notice notice)
    {
        bool isFull;
        lock (gate)
        {
            isFull = waiting.Count >= MostWaiting;
            if (!isFull)
                waiting.Enqueue(notice.ToJson());
            Monitor.PulseAll(gate);
        }

        if (isFull)
            say($"{command[0]} is not told of '{notice.Event}': {MostWaiting} notices wait for it already");
    }

    /// <summary>Waits until all have been told, but no longer than so long; says so where they have not.</summary>
    public void Await(TimeSpan patience)
    {
        var began = TimeProvider.System.GetTimestamp();
        lock (gate)
        {
            while (waiting.Count > 0 || isBusy)
            {
                var left = patience - TimeProvider.System.GetElapsedTime(began);
                if (left <= TimeSpan.Zero)
                {
                    say($"{command[0]} is not waited for any longer: it has not ended within {Duration.Words(patience)}");
                    return;
                }

                Monitor.Wait(gate, left);
            }
        }
    }

    /// <summary>So long an end may wait for its notice: a tenth of the time that is left, and less where the job is requeued.</summary>
    /// <param name="isRequeued">The node is held meanwhile.</param>
    /// <param name="left">Until the job's end; null when none is known.</param>
    public static TimeSpan Patience(bool isRequeued, TimeSpan? left)
    {
        var most = TimeSpan.FromSeconds(isRequeued ? 2 : 10);
        return left / 10 is { } tenth && tenth < most ? tenth < TimeSpan.Zero ? TimeSpan.Zero : tenth : most;
    }

    private void Work()
    {
        while (true)
        {
            string notice;
            lock (gate)
            {
                isBusy = false;
                Monitor.PulseAll(gate);
                while (!waiting.TryDequeue(out notice!))
                    Monitor.Wait(gate);
                isBusy = true;
            }

            var run = CommandRun.Of(command[0], command.Skip(1), [], Bound, input: notice);
            if (run.ExitCode != 0)
                say($"{command[0]} was not told: {run.Problem ?? $"it ended with code {run.ExitCode}{(run.ErrorWords is { Length: > 0 } words ? $": {words}" : "")}"}");
        }
    }
}
