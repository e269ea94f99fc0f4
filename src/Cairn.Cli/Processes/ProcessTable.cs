using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Cairn.Cli.Processes;

/// <summary>A process by its id and its start time: an id alone may belong to another process a moment later.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ProcessId(int Pid, ulong StartTicks);

/// <summary>A line of /proc.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ProcessEntry(ProcessId Id, int Parent, bool IsZombie);

/// <summary>The processes of this machine at an instant, as /proc shows them.</summary>
internal sealed class ProcessTable
{
    private readonly Dictionary<int, ProcessEntry> _entries;
    private readonly ILookup<int, ProcessEntry> _children;

    private ProcessTable(Dictionary<int, ProcessEntry> entries)
    {
        _entries = entries;
        _children = entries.Values.ToLookup(entry => entry.Parent);
    }

    public IEnumerable<ProcessEntry> Entries => _entries.Values;

    public static ProcessTable Read()
    {
        var entries = new Dictionary<int, ProcessEntry>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Find(pid) is { } entry)
                entries[pid] = entry;
        }

        return new(entries);
    }

    /// <summary>One process; null when there is none.</summary>
    public static ProcessEntry? Find(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid}/stat", Encoding.Latin1);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }

        // The name, in parentheses, may hold anything, parentheses and blanks too.
        var fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        const int state = 0;
        const int parent = 1;
        const int startTicks = 19;
        return fields.Length > startTicks
            ? new(
                new(pid, ulong.Parse(fields[startTicks], CultureInfo.InvariantCulture)),
                int.Parse(fields[parent], CultureInfo.InvariantCulture),
                fields[state] is "Z" or "X")
            : null;
    }

    /// <summary>Everything below these processes, they themselves not included; zombies neither.</summary>
    /// <param name="roots">Where to begin.</param>
    /// <param name="except">These and what is below them are left out.</param>
    public List<ProcessEntry> Descendants(IEnumerable<int> roots, IReadOnlySet<int> except)
    {
        var found = new List<ProcessEntry>();
        var seen = new HashSet<int>(roots);
        var open = new Stack<int>(seen);
        while (open.TryPop(out var pid))
        {
            foreach (var child in _children[pid])
            {
                if (except.Contains(child.Id.Pid) || !seen.Add(child.Id.Pid))
                    continue;
                open.Push(child.Id.Pid);
                if (!child.IsZombie)
                    found.Add(child);
            }
        }

        return found;
    }
}
