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

    /// <summary>Looks where the loader looks.</summary>
    public static CxxLibrary? Find() =>
        LoaderFolders.All.Select(folder => Read(System.IO.Path.Combine(folder, Name))).FirstOrDefault(library => library is not null);

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
}
