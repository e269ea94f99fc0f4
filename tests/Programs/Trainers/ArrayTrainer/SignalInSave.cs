using System.Runtime.InteropServices;
using Cairn;

namespace ArrayTrainer;

/// <summary>A signal that comes at an instant that no other process could hit: while a save takes the state.</summary>
internal static partial class SignalInSave
{
    // signal(7), as x86 and Arm number them.
    private static readonly Dictionary<string, int> Numbers = new(StringComparer.Ordinal) { ["INT"] = 2, ["KILL"] = 9, ["USR2"] = 12, ["TERM"] = 15, ["STOP"] = 19 };

    public static void Send(TrainingRun run, string name, bool isDue)
    {
        if (!isDue || run.StopRequested)
            return;
        if (Kill(Environment.ProcessId, Numbers[name]) != 0)
            throw new InvalidOperationException($"{name} could not be sent");
        if (name != "STOP" && !SpinWait.SpinUntil(() => run.StopRequested, TimeSpan.FromMinutes(1)))
            throw new InvalidOperationException($"{name} was not heard");
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
