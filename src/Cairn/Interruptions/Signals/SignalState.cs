using System.Globalization;

namespace Cairn.Interruptions.Signals;

/// <summary>What a process does with signals, as the kernel says (<c>/proc/PID/status</c>).</summary>
/// <param name="Ignored">A bit a signal; signal 1 is bit 0.</param>
/// <param name="Blocked">A bit a signal, of the main thread: for this process what was inherited.</param>
/// <param name="Caught">A bit a signal: those that have a handler.</param>
internal sealed record SignalState(ulong Ignored, ulong Blocked, ulong Caught = 0)
{
    public static SignalState Read() => Parse(File.ReadLines("/proc/self/status"));

    /// <summary>Of another process; null when it is gone.</summary>
    public static SignalState? Of(int pid)
    {
        try
        {
            return Parse(File.ReadLines($"/proc/{pid}/status"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public static SignalState Parse(IEnumerable<string> status)
    {
        ulong ignored = 0, blocked = 0, caught = 0;
        foreach (var line in status)
        {
            if (line.StartsWith("SigIgn:", StringComparison.Ordinal))
                ignored = Mask(line);
            else if (line.StartsWith("SigBlk:", StringComparison.Ordinal))
                blocked = Mask(line);
            else if (line.StartsWith("SigCgt:", StringComparison.Ordinal))
                caught = Mask(line);
        }

        return new SignalState(ignored, blocked, caught);
    }

    public bool IsIgnored(int signal) => (Ignored >> (signal - 1) & 1) != 0;

    public bool IsBlocked(int signal) => (Blocked >> (signal - 1) & 1) != 0;

    /// <summary>Whether a signal reaches the program's own code: by a handler, or where it waits for it (sigwait, signalfd).</summary>
    public bool IsHeard(int signal) => (Caught >> (signal - 1) & 1) != 0 || IsBlocked(signal);

    private static ulong Mask(string line) => ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
