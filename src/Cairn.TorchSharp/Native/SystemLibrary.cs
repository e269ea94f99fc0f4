namespace Cairn;

/// <summary>A library of the system as the loader sees it in this process.</summary>
/// <param name="Name">The name by which others ask for it, for example libstdc++.so.6.</param>
/// <param name="Path">The file.</param>
/// <param name="Versions">The versions that it provides.</param>
internal sealed record SystemLibrary(string Name, string Path, List<string> Versions)
{
    /// <summary>The C++ library, which a process may bring along, and the C library, which belongs to the system.</summary>
    public const string Cxx = "libstdc++.so.6", C = "libc.so.6";

    /// <summary>Finds those two among the libraries that are loaded in this process.</summary>
    /// <returns>Without one that is not loaded, or is no file of the expected kind: nothing can be said of it.</returns>
    public static List<SystemLibrary> FindLoaded()
    {
        var found = new List<SystemLibrary>();
        string? last = null;
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            if (line.IndexOf('/') is var start && start >= 0 && line[start..] is var path && path != last && NameOf(last = path) is { } name
                && Read(name, path) is { } library)
                found.Add(library);
        }

        return found;
    }

    private static SystemLibrary? Read(string name, string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return new(name, path, new ElfLibrary(file).ReadProvided());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            return null;
        }
    }

    // The file has often a longer name: libstdc++.so.6.0.30, and libc-2.31.so for libc.so.6.
    private static string? NameOf(string path)
    {
        var file = path.AsSpan(path.LastIndexOf('/') + 1);
        return file.StartsWith(Cxx) ? Cxx : file.StartsWith(C) || file.StartsWith("libc-2.") ? C : null;
    }
}
