using System.Globalization;

namespace Cairn.Cli.Processes;

/// <summary>The code of this binary in memory, of which a start uses far more than the waiting that comes after it.</summary>
internal static unsafe class OwnCode
{
    /// <summary>
    /// Takes the pages of the code out of this process. What is called again comes back by itself, from the page cache or the file.
    /// Does nothing where the code is compiled as it runs, for that is in no file, and where a debugger has changed it. Never fails.
    /// </summary>
    public static void GiveBack()
    {
        try
        {
            var here = (nuint)(delegate*<void>)&GiveBack;
            if (MappingAt(here, Environment.ProcessPath, File.ReadLines("/proc/self/smaps")) is { } mapping)
                _ = Libc.MAdvise(mapping.Start, mapping.End - mapping.Start, Libc.MadvDontNeed);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // They stay, then.
        }
    }

    /// <summary>The mapping that an address lies in; null unless it is code of that file, just as it stands there.</summary>
    /// <param name="address">In the code.</param>
    /// <param name="file">The binary.</param>
    /// <param name="smaps">
    /// The lines of <c>/proc/PID/smaps</c> (proc_pid_smaps(5)). What is none of them is passed over: a file's name may hold a line break.
    /// </param>
    public static (nuint Start, nuint End)? MappingAt(nuint address, string? file, IEnumerable<string> smaps)
    {
        (nuint Start, nuint End)? found = null;
        foreach (var line in smaps)
        {
            if (Head(line) is not { } head)
            {
                // Pages that are no longer the file's are counted as anonymous.
                if (found is not null && line.StartsWith("Anonymous:", StringComparison.Ordinal))
                    return line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, "0", "kB"] ? found : null;
                continue;
            }

            if (found is not null)
                return null;
            if (address < head.Start || address >= head.End)
                continue;
            if (head.Permissions != "r-xp" || head.Path != file)
                return null;
            found = (head.Start, head.End);
        }

        return null;
    }

    // 00405000-007ff000 r-xp 00005000 08:01 1234567                    /usr/bin/cairn
    private static (nuint Start, nuint End, string Permissions, string Path)? Head(string line)
    {
        var words = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return words is [var range, var permissions, _, _, _, ..] && range.Split('-') is [var start, var end] && Hex(start) is { } from && Hex(end) is { } to
            ? (from, to, permissions, words.Length == 6 ? words[5] : "")
            : null;
    }

    private static nuint? Hex(string text) =>
        nuint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? number : null;
}
