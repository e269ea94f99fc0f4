using System.Text;

namespace Cairn.Cli.Processes;

/// <summary>
/// Arguments and variables as this process got them, byte for byte: as text, what is no UTF-8 would be changed, and a variable that is
/// there twice, or an entry without =, would vanish.
/// </summary>
internal static class InheritedBytes
{
    /// <summary>The last of this process's arguments.</summary>
    /// <param name="count">So many.</param>
    /// <exception cref="IOException">The kernel does not tell.</exception>
    public static List<byte[]> LastArguments(int count)
    {
        var all = Entries(File.ReadAllBytes("/proc/self/cmdline"));
        return all[^count..];
    }

    /// <summary>This process's environment with other values for some variables.</summary>
    /// <param name="variables">The values; null for one that is to be missing.</param>
    /// <exception cref="IOException">The kernel does not tell.</exception>
    public static List<byte[]> EnvironmentWith(IReadOnlyDictionary<string, string?> variables)
    {
        var entries = Entries(File.ReadAllBytes("/proc/self/environ"));
        entries.RemoveAll(entry => entry.AsSpan().IndexOf((byte)'=') is var at and > 0 && variables.ContainsKey(Encoding.UTF8.GetString(entry, 0, at)));
        foreach (var (name, value) in variables)
        {
            if (value is not null)
                entries.Add(Encoding.UTF8.GetBytes($"{name}={value}"));
        }

        return entries;
    }

    // Each ends with a zero.
    private static List<byte[]> Entries(ReadOnlySpan<byte> all)
    {
        var entries = new List<byte[]>();
        while (all.IndexOf((byte)0) is var end and >= 0)
        {
            entries.Add(all[..end].ToArray());
            all = all[(end + 1)..];
        }

        return entries;
    }
}
