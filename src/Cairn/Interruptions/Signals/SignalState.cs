using System.Globalization;

namespace Cairn.Interruptions.Signals;

/// <summary>Which signals this process ignores and blocks, as the kernel says (<c>/proc/self/status</c>).</summary>
/// <param name="Ignored">A bit a signal; signal 1 is bit 0.</param>
/// <param name="Blocked">A bit a signal, of the main thread: what was inherited.</param>
internal sealed record SignalState(ulong Ignored, ulong Blocked)
{
    public static SignalState Read() => Parse(File.ReadLines("/proc/self/status"));

    public static SignalState Parse(IEnumerable<string> status)
    {
        ulong ignored = 0, blocked = 0;
        foreach (var line in status)
        {
            if (line.StartsWith("SigIgn:", StringComparison.Ordinal))
                ignored = Mask(line);
            else if (line.StartsWith("SigBlk:", StringComparison.Ordinal))
                blocked = Mask(line);
        }

        return new SignalState(ignored, blocked);
    }

    public bool IsIgnored(int signal) => (Ignored >> (signal - 1) & 1) != 0;

    public bool IsBlocked(int signal) => (Blocked >> (signal - 1) & 1) != 0;

    private static ulong Mask(string line) => ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
