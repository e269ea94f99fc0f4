using System.Runtime.InteropServices;

namespace Cairn.Cli.Doctor.Facts;

/// <summary>Where the loader looks for a library of a program that is started here: LD_LIBRARY_PATH, the folders of ld.so.conf, its own.</summary>
internal static class LoaderFolders
{
    /// <summary>The folders in the loader's order.</summary>
    public static IEnumerable<string> All
    {
        get
        {
            var machine = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64";
            return
            [
                .. (Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? "").Split([':', ';'], StringSplitOptions.RemoveEmptyEntries),
                .. ConfiguredFolders("/etc/ld.so.conf", depth: 0),
                $"/lib/{machine}-linux-gnu", $"/usr/lib/{machine}-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
            ];
        }
    }

    private static IEnumerable<string> ConfiguredFolders(string file, int depth)
    {
        if (depth > 3 || !File.Exists(file))
            return [];
        try
        {
            return [.. File.ReadLines(file).Select(line => line.Split('#')[0].Trim()).Where(line => line.Length > 0).SelectMany(line => Folders(line, depth))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static IEnumerable<string> Folders(string line, int depth)
    {
        if (!line.StartsWith("include ", StringComparison.Ordinal))
            return [line];
        var pattern = Path.Combine("/etc", line[8..].Trim());
        return Path.GetDirectoryName(pattern) is { } folder && Directory.Exists(folder)
            ? Directory.GetFiles(folder, Path.GetFileName(pattern)).Order(StringComparer.Ordinal).SelectMany(file => ConfiguredFolders(file, depth + 1))
            : [];
    }
}
