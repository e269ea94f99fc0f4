using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Saves.Limits;

/// <summary>What is measured on, and how busy it is.</summary>
internal static class Machine
{
    /// <summary>The machine in a line; no names.</summary>
    public static string Describe(string folder) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} cores, {Memory("MemTotal") / 1e9:0} GB of memory, {new DriveInfo(folder).DriveFormat}, Linux {Environment.OSVersion.Version.ToString(2)} {RuntimeInformation.OSArchitecture}, .NET {Environment.Version}");

    /// <summary>The load average of the last minute: how many threads wanted a core, this program's among them.</summary>
    public static double Load() => double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture);

    /// <summary>Why there is no room for something; null when there is.</summary>
    public static string? LacksRoom(string folder, long memory, long disk)
    {
        // What others need meanwhile is not ours: a quarter of what is free stays free.
        var (freeMemory, freeDisk) = (Memory("MemAvailable"), new DriveInfo(folder).AvailableFreeSpace);
        return memory > freeMemory / 4 * 3 ? string.Create(CultureInfo.InvariantCulture, $"it needs {memory / 1e9:0.0} GB of memory, and {freeMemory / 1e9:0.0} are free")
            : disk > freeDisk / 4 * 3 ? string.Create(CultureInfo.InvariantCulture, $"it needs {disk / 1e9:0.0} GB of disk, and {freeDisk / 1e9:0.0} are free")
            : null;
    }

    /// <summary>Seconds of a fixed piece of arithmetic on one core.</summary>
    public static double Arithmetic()
    {
        var began = Stopwatch.GetTimestamp();
        var x = 1UL;
        for (var i = 0; i < 50_000_000; i++)
            x = (x * 6364136223846793005) + 1442695040888963407;
        GC.KeepAlive(x);
        return Stopwatch.GetElapsedTime(began).TotalSeconds;
    }

    private static long Memory(string line) =>
        long.Parse(File.ReadLines("/proc/meminfo").First(text => text.StartsWith(line + ":", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
}
