using System.Globalization;

namespace Cairn.Cli.LocalScheduler.Processes;

/// <summary>A process for good: a pid alone is given out again.</summary>
internal sealed record ProcessKey(int Pid, long StartTicks);

/// <summary>A line of the process table.</summary>
internal sealed record ProcessLine(ProcessKey Key, int Parent, bool IsZombie);

/// <summary>What runs on this machine now, from /proc.</summary>
internal static class ProcessTable
{
    /// <summary>The process that has this pid now; null when there is none.</summary>
    public static ProcessLine? Find(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // The name is in parentheses and may hold anything; behind it come the state, the parent and, 20th, the start.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new ProcessLine(
            new ProcessKey(pid, long.Parse(fields[19], CultureInfo.InvariantCulture)),
            int.Parse(fields[1], CultureInfo.InvariantCulture),
            fields[0] is "Z" or "X");
    }

    /// <summary>
    /// Everything below the root, which is not counted, without those that <paramref name="spare"/> names and what is below them.
    /// </summary>
    public static List<ProcessLine> Descendants(int root, Func<ProcessKey, bool>? spare = null)
    {
        var children = All().ToLookup(line => line.Parent);
        var found = new List<ProcessLine>();
        var open = new Queue<int>([root]);
        while (open.TryDequeue(out var parent))
        {
            foreach (var child in children[parent])
            {
                if (spare?.Invoke(child.Key) == true)
                    continue;
                found.Add(child);
                open.Enqueue(child.Key.Pid);
            }
        }

        return found;
    }

    /// <summary>Sends a signal, if that process is still the one that was meant.</summary>
    public static void Signal(ProcessKey process, int signal)
    {
        if (Find(process.Pid) is { IsZombie: false } now && now.Key == process)
            _ = Native.Kill(process.Pid, signal); // it may have gone in this very moment, which is as good
    }

    private static IEnumerable<ProcessLine> All()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Find(pid) is { } line)
                yield return line;
        }
    }
}
