namespace Cairn.Runs;

/// <summary>What the kernel says of the process's main thread. Its managed stack cannot be read from inside.</summary>
internal static class MainThread
{
    /// <summary>In words that go after "its main thread".</summary>
    public static string State()
    {
        try
        {
            var task = $"/proc/self/task/{Environment.ProcessId}";
            var stat = File.ReadAllText(task + "/stat");
            var state = stat[(stat.LastIndexOf(')') + 2)..][0];
            var wait = File.ReadAllText(task + "/wchan").Trim('\0', '\n', '0'); // 0 when it runs, or when the kernel does not tell
            return (state switch
            {
                'R' => "runs",
                'S' => "sleeps",
                'D' => "waits for a device or a file system",
                'T' or 't' => "is stopped",
                _ => $"is in state {state}",
            }) + (wait.Length > 0 ? $" in the kernel's {wait}" : string.Empty);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return $"could not be looked at ({error.Message})";
        }
    }
}
