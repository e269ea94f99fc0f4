using System.Globalization;

namespace Cairn.Posix;

/// <summary>
/// How much memory this process may still take before the kernel ends it: Linux grants more than there is, and what is touched
/// beyond a job's limit (<c>--mem</c>, a memory cgroup) is answered by SIGKILL.
/// </summary>
/// <remarks>
/// /proc/meminfo says what the machine has left. Each memory cgroup above the process has a limit and a usage, in files of
/// cgroup v1 or v2; page cache that was not used lately counts as used there, but is given up before anybody is killed.
/// </remarks>
internal static class FreeMemory
{
    /// <summary>In bytes; null where the kernel does not tell.</summary>
    /// <param name="root">The folder that stands for <c>/</c>.</param>
    public static long? Bytes(string root = "/")
    {
        long? free = Line(Path.Combine(root, "proc/meminfo"), "MemAvailable:") * 1024;
        foreach (var group in MemoryGroups(root))
        {
            if (Left(group) is { } left && !(free < left))
                free = left;
        }

        return free;
    }

    private static long? Left(string group)
    {
        var second = File.Exists(Path.Combine(group, "memory.max"));
        if (Number(Path.Combine(group, second ? "memory.max" : "memory.limit_in_bytes")) is not { } limit // "max" on v2
            || Number(Path.Combine(group, second ? "memory.current" : "memory.usage_in_bytes")) is not { } usage)
            return null;
        var cache = Line(Path.Combine(group, "memory.stat"), second ? "inactive_file" : "total_inactive_file") ?? 0;
        return Math.Max(0, limit - usage + Math.Clamp(cache, 0, usage));
    }

    // The process's own group and all above it, on each hierarchy that may limit memory.
    private static IEnumerable<string> MemoryGroups(string root)
    {
        var mounts = Lines(Path.Combine(root, "proc/self/mountinfo")).ToList();
        foreach (var line in Lines(Path.Combine(root, "proc/self/cgroup")))
        {
            // "4:memory:/slurm/job_17" on v1, "0::/slurm/job_17" on v2.
            if (line.Split(':', 3) is not [_, var controllers, var path] || (controllers.Length > 0 && !controllers.Split(',').Contains("memory")))
                continue;
            foreach (var (above, mount) in mounts.Select(mount => Mount(mount, controllers.Length == 0)).OfType<(string, string)>())
            {
                // In a container the mount may show a part of the hierarchy only.
                var below = above == "/" ? path : path.StartsWith(above + "/", StringComparison.Ordinal) || path == above ? path[above.Length..] : "/";
                var top = Path.Combine(root, mount.TrimStart('/'));
                for (var folder = below.Trim('/'); ; folder = Path.GetDirectoryName(folder) ?? string.Empty)
                {
                    if (!folder.Split('/').Contains(".."))
                        yield return Path.Combine(top, folder);
                    if (folder.Length == 0)
                        break;
                }
            }
        }
    }

    // "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory": the part that is shown, and where.
    private static (string Above, string Mount)? Mount(string line, bool second)
    {
        if (line.Split(" - ", 2) is not [var left, var right])
            return null;
        var (where, what) = (left.Split(' '), right.Split(' '));
        if (where.Length < 5 || what.Length < 3)
            return null;
        return second ? what[0] == "cgroup2" ? (where[3], where[4]) : null
            : what[0] == "cgroup" && what[2].Split(',').Contains("memory") ? (where[3], where[4]) : null;
    }

    private static long? Number(string file) =>
        Lines(file).FirstOrDefault() is { } text && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static long? Line(string file, string name) =>
        Lines(file).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).FirstOrDefault(words => words.Length > 1 && words[0] == name) is { } words
        && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    // What cannot be read limits nothing that is known.
    private static string[] Lines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
