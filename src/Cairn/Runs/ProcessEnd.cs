using System.Runtime.InteropServices;

namespace Cairn.Runs;

/// <summary>Ends this process at once: no finally block, no finalizer, no waiting for threads.</summary>
internal static partial class ProcessEnd
{
    /// <summary>Does not return.</summary>
    public static void Now(int exitCode)
    {
        Console.Out.Flush();
        Exit(exitCode);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int status);
}
