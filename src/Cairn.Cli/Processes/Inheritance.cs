using Cairn.Interruptions.Signals;
using Cairn.Posix;

namespace Cairn.Cli.Processes;

/// <summary>What a careless parent leaves to its children, and what this program cannot live with.</summary>
internal static class Inheritance
{
    private const int GetFlags = 1; // F_GETFD
    private const int CloseOnExec = 1;

    /// <summary>
    /// Right at the start, before any child. A CHLD that is ignored has the kernel throw away how children end: a crash would be a
    /// success. And where a standard stream is closed, the next file that is opened takes its place, and is written to as if it were that
    /// stream.
    /// </summary>
    public static void Mend()
    {
        if (SignalDefaults.IsIgnored(SignalName.Chld))
            SignalDefaults.Restore(SignalName.Chld);
        for (var stream = 0; stream <= 2; stream++)
        {
            // The lowest that is free is the one that open takes. Children find it closed, as they would have.
            if (Libc.Control(stream, GetFlags, 0) < 0)
                _ = Libc.OpenDescriptor("/dev/null", Libc.ReadWrite | Libc.CloseOnExec, 0);
        }

        // What is inherited is never closed on exec: the runtime was here first, which opens files of its own before this.
        const int standardError = 2;
        HasStandardError = (Libc.Control(standardError, GetFlags, 0) & CloseOnExec) == 0;
    }

    /// <summary>Whether words can be said at all.</summary>
    public static bool HasStandardError { get; private set; } = true;
}
