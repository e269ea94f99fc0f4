using Cairn.Posix;

namespace Cairn.Runs;

/// <summary>Ends this process at once: no finally block, no finalizer, no waiting for threads.</summary>
internal static class ProcessEnd
{
    /// <summary>Does not return.</summary>
    public static void Now(int exitCode)
    {
        Console.Out.Flush();
        Libc.Exit(exitCode);
    }
}
