using System.Globalization;

namespace Cairn.Cli.Processes;

/// <summary>What this process has in memory, and need not have while it waits.</summary>
internal static class OwnMemory
{
    /// <summary>
    /// Gives back the objects that nobody holds any more, of which .NET would otherwise gather megabytes before it looks, and all pages
    /// that stand in a file just as they are, the code above all: what is used again comes back by itself, from the page cache or the
    /// file. Never fails; takes a few milliseconds.
    /// </summary>
    public static void GiveBack()
    {
        var mappings = Mappings();
        Drop(mappings);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Drop(mappings); // that took pages of its own
    }

    /// <summary>The mappings that were read from a file and never written, not by a debugger either.</summary>
    /// <param name="smaps">
    /// The lines of <c>/proc/PID/smaps</c> (proc_pid_smaps(5)). What is none of them is passed over: a file's name may hold a line break.
    /// </param>
    public static IEnumerable<(nuint Start, nuint End)> FromFiles(IEnumerable<string> smaps)
    {
        (nuint Start, nuint End)? mapping = null;
        foreach (var line in smaps)
        {
            // 00405000-007ff000 r-xp 00005000 08:01 1234567                    /usr/bin/cairn
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is [var range, var permissions, _, _, var inode, ..] && range.Split('-') is [var start, var end])
                mapping = permissions is "r-xp" or "r--p" && inode != "0" && Hex(start) is { } from && Hex(end) is { } to ? (from, to) : null;
            else if (mapping is { } found && words is ["Anonymous:", "0", "kB"]) // so are pages counted that are no longer the file's
                yield return found;
        }
    }

    private static void Drop(List<(nuint Start, nuint End)> mappings)
    {
        foreach (var (start, end) in mappings)
            _ = Libc.MAdvise(start, end - start, Libc.MadvDontNeed);
    }

    private static List<(nuint Start, nuint End)> Mappings()
    {
        try
        {
            return [.. FromFiles(File.ReadLines("/proc/self/smaps"))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static nuint? Hex(string text) =>
        nuint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : null;
}
