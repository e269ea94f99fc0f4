using System.Globalization;
using System.Runtime.InteropServices;

namespace Cairn.Cli.Doctor.Facts;

/// <summary>The C++ library that the loader would take for a program that is started here.</summary>
/// <param name="Path">The file.</param>
/// <param name="Newest">The N of the newest GLIBCXX_3.4.N that it has; null when it has none.</param>
internal sealed record CxxLibrary(string Path, int? Newest)
{
    private const string Name = "libstdc++.so.6";
    private const long Largest = 64 << 20;

    /// <summary>Looks where the loader looks: LD_LIBRARY_PATH, the folders of ld.so.conf, its own.</summary>
    public static CxxLibrary? Find()
    {
        var machine = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64";
        IEnumerable<string> folders =
        [
            .. (Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? "").Split([':', ';'], StringSplitOptions.RemoveEmptyEntries),
            .. ConfiguredFolders("/etc/ld.so.conf", depth: 0),
            $"/lib/{machine}-linux-gnu", $"/usr/lib/{machine}-linux-gnu", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
        ];
        return folders.Select(folder => Read(System.IO.Path.Combine(folder, Name))).FirstOrDefault(library => library is not null);
    }

    /// <summary>The newest version among the names in a library's bytes.</summary>
    public static int? NewestIn(ReadOnlySpan<byte> library)
    {
        int? newest = null;
        while (library.IndexOf("\0GLIBCXX_3.4."u8) is var at and >= 0)
        {
            library = library[(at + 13)..];
            if (library.IndexOf((byte)0) is var end and > 0 and < 4 && int.TryParse(library[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                newest = Math.Max(newest ?? 0, number);
        }

        return newest;
    }

    private static CxxLibrary? Read(string path)
    {
        try
        {
            var bytes = new FileInfo(path) is { Exists: true, Length: <= Largest } ? File.ReadAllBytes(path) : [];

            // One for another machine is passed over, as by the loader: an ELF file of 64 bits names its machine at 18.
            var machine = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 183 : 62;
            return bytes.Length > 20 && bytes.AsSpan().StartsWith("\u007fELF\u0002"u8) && bytes[18] == machine ? new(path, NewestIn(bytes)) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
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
        var pattern = System.IO.Path.Combine("/etc", line[8..].Trim());
        return System.IO.Path.GetDirectoryName(pattern) is { } folder && Directory.Exists(folder)
            ? Directory.GetFiles(folder, System.IO.Path.GetFileName(pattern)).Order(StringComparer.Ordinal).SelectMany(file => ConfiguredFolders(file, depth + 1))
            : [];
    }
}
