using System.Globalization;

namespace Cairn.Cli.Processes;

/// <summary>The code of this binary in memory: what a process that only waits from now on need not keep.</summary>
internal static unsafe class OwnCode
{
    private const int DontNeed = 4; // MADV_DONTNEED

    /// <summary>
    /// Gives the pages of the code back to the system, of which the start has used far more than waiting does. What is called again
    /// comes back by itself, out of the page cache. Does nothing where the code is compiled as it runs, for that is in no file.
    /// </summary>
    public static void GiveBack()
    {
        try
        {
            var here = (nuint)(delegate*<void>)&GiveBack;
            if (Range(File.ReadLines("/proc/self/maps"), here, Environment.ProcessPath) is { } range)
                _ = Libc.MAdvise(range.Start, range.End - range.Start, DontNeed);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It stays, then.
        }
    }

    /// <summary>The mapping of code that an address lies in; null unless it is read from that file alone and never written.</summary>
    /// <param name="maps">The lines of <c>/proc/PID/maps</c> (proc_pid_maps(5)).</param>
    /// <param name="address">In the code.</param>
    /// <param name="file">The binary.</param>
    public static (nuint Start, nuint End)? Range(IEnumerable<string> maps, nuint address, string? file)
    {
        foreach (var line in maps)
        {
            // 00405000-007ff000 r-xp 00005000 08:01 1234567                    /usr/bin/cairn
            var words = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            var dash = words[0].IndexOf('-', StringComparison.Ordinal);
            var start = Hex(words[0].AsSpan(0, dash));
            var end = Hex(words[0].AsSpan(dash + 1));
            if (address >= start && address < end)
                return words is [_, "r-xp", _, _, _, var path] && path == file ? (start, end) : null;
        }

        return null;
    }

    private static nuint Hex(ReadOnlySpan<char> text) => nuint.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
