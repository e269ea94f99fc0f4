using System.Globalization;

namespace Cairn.Cli.Processes;

/// <summary>What this process has in memory, and need not have while it waits.</summary>
internal static class OwnMemory
{
    /// <summary>
    /// Gives back the objects that nobody holds any more, of which .NET would otherwise gather megabytes before it looks, and the pages of
    /// code: what is called again comes back by itself, from the page cache or the file. Never fails; takes a few milliseconds.
    /// </summary>
    public static void GiveBack()
    {
        var code = Code();
        Drop(code);
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        Drop(code); // that took pages of its own
    }

    /// <summary>The mappings of code that are read from a file, and that nobody has changed, as a debugger does.</summary>
    /// <remarks>
    /// Code alone: the loader writes into data that may only be read later on, and to give that back would undo it.
    /// </remarks>
    /// <param name="smaps">
    /// The lines of <c>/proc/PID/smaps</c> (proc_pid_smaps(5)). What is none of them is passed over: a file's name may break a line in two.
    /// </param>
    public static IEnumerable<(nuint Start, nuint End)> CodeOfFiles(IEnumerable<string> smaps)
    {
        (nuint Start, nuint End)? mapping = null;
        foreach (var line in smaps)
        {
            // 00405000-007ff000 r-xp 00005000 08:01 1234567                    /usr/bin/cairn
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is [var range, var permissions, _, _, var inode, ..] && range.Split('-') is [var start, var end])
            {
                mapping = permissions == "r-xp" && inode != "0" && Hex(start) is { } from && Hex(end) is { } to ? (from, to) : null;
            }
            else if (words is ["Anonymous:", not "0", ..])
            {
                mapping = null; // pages that are no longer the file's
            }
            else if (mapping is { } unchanged && words is ["Swap:", var swapped, ..])
            {
                mapping = null;
                if (swapped == "0")
                    yield return unchanged; // nor are there any on the swap device, which are not counted above
            }
        }
    }

    private static void Drop(List<(nuint Start, nuint End)> code)
    {
        foreach (var (start, end) in code)
            _ = Libc.MAdvise(start, end - start, Libc.MadvDontNeed);
    }

    private static List<(nuint Start, nuint End)> Code()
    {
        try
        {
            return [.. CodeOfFiles(File.ReadLines("/proc/self/smaps"))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static nuint? Hex(string text) =>
        nuint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : null;
}
