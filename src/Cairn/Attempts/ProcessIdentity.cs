using System.Globalization;

namespace Cairn.Attempts;

/// <summary>Which process this is, for good: a pid alone is given out again, and counts for one boot of one machine only.</summary>
/// <param name="Host">The machine's name.</param>
/// <param name="Boot">The kernel's id of this boot; empty where /proc has none.</param>
/// <param name="Pid">The process id.</param>
/// <param name="StartTicks">When it started, in clock ticks since the boot; 0 where unknown.</param>
internal sealed record ProcessIdentity(string Host, string Boot, int Pid, long StartTicks)
{
    public static ProcessIdentity Current { get; } = new(
        Environment.MachineName, ReadBoot(), Environment.ProcessId, ReadStartTicks(Environment.ProcessId) ?? 0);

    /// <summary>Whether that process runs now, as far as this machine can tell; null when it is (or was) on another one.</summary>
    public bool? IsRunning()
    {
        if (Host != Current.Host)
            return null;
        return Boot == Current.Boot && ReadStartTicks(Pid) == StartTicks;
    }

    private static string ReadBoot()
    {
        const string file = "/proc/sys/kernel/random/boot_id";
        return File.Exists(file) ? File.ReadAllText(file).Trim() : string.Empty;
    }

    private static long? ReadStartTicks(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (IOException)
        {
            return null; // no such process
        }

        // The name is in parentheses and may hold anything; field 22 is the 20th after its end.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[19], CultureInfo.InvariantCulture);
    }
}
