using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace ArrayTrainer;

/// <summary>
/// Somebody cancels the job between the decision and the requeue: when that is told, a TERM comes, and is heard before anything
/// goes on. The file <c>cancelled</c> beside the checkpoints says so to a fake scontrol.
/// </summary>
internal sealed class CancellingLogger(string folder) : ILogger
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private bool isDone;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (isDone || !formatter(state, exception).Contains("requeueing job", StringComparison.Ordinal))
            return;
        isDone = true;
        File.WriteAllText(Path.Combine(folder, "..", "cancelled"), string.Empty);
        using var kill = Process.Start("/bin/kill", ["-TERM", Environment.ProcessId.ToString()]);
        kill.WaitForExit();
        if (!SpinWait.SpinUntil(IsHeard, Patience))
            throw new TimeoutException("the TERM was not heard");
    }

    private bool IsHeard()
    {
        using var journal = new StreamReader(new FileStream(Path.Combine(folder, "attempts", "0001.jsonl"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return journal.ReadToEnd().Contains("""
            "kind":"Terminate"
            """, StringComparison.Ordinal);
    }
}
