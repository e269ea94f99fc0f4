using System.Runtime.InteropServices;

namespace Cairn;

/// <summary>TorchSharp's native libraries, before they are loaded.</summary>
public static class TorchNative
{
    private const string NotPrepared =
        "\n  Or build the program with the targets of the package Cairn.TorchSharp: the library does not use these versions, and the build would have taken a copy that does without.";

    /// <summary>
    /// Checks that the system has what TorchSharp's native library needs, without loading it. TorchSharp's own error names a
    /// missing package where the C++ library is too old. Programs that are built with Cairn.TorchSharp's targets call this first
    /// of all; it takes about 10 ms, most of it to compile the check. Elsewhere than on Linux nothing is checked.
    /// </summary>
    /// <exception cref="TorchNativeException">The system is too old, or the library is damaged.</exception>
    public static void EnsureLoadable()
    {
        if (!OperatingSystem.IsLinux() || FindInSearchPath("libLibTorchSharp.so") is not { } library)
            return;

        // The one that the loader takes for TorchSharp too: LD_LIBRARY_PATH counts. It stays loaded.
        NativeLibrary.TryLoad(SystemLibrary.Cxx, out _);
        EnsureLoadable(library, SystemLibrary.FindLoaded());
    }

    internal static void EnsureLoadable(string library, List<SystemLibrary> system)
    {
        if (FindProblem(library, system) is not { } problem)
            return;
        Runs.UnhandledErrors.Report();
        throw new TorchNativeException(problem);
    }

    private static string? FindProblem(string library, List<SystemLibrary> system)
    {
        try
        {
            using var file = File.OpenRead(library);
            var elf = new ElfLibrary(file);
            var needs = elf.ReadNeeds();
            return LoadProblem.Find(library, needs, system) is { } problem
                ? LoadProblem.Find(library, needs.FindAll(elf.Uses), system) is null ? problem + NotPrepared : problem
                : null;
        }
        catch (InvalidDataException damage)
        {
            return $"TorchSharp can't be loaded here: {library} is damaged ({damage.Message}). Build or publish the program again.";
        }
    }

    private static string? FindInSearchPath(string file)
    {
        var folders = (AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        foreach (var folder in folders.Append(AppContext.BaseDirectory))
        {
            if (Path.Combine(folder, file) is var path && File.Exists(path))
                return path;
        }

        return null;
    }
}
