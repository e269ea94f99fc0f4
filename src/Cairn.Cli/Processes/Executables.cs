using Cairn.Posix;
namespace Cairn.Cli.Processes;

/// <summary>Finds a program as a shell does, and says why it cannot be run.</summary>
internal static class Executables
{
    private const int Executable = 1;

    /// <summary>Whether a name, which is no path, is that of a program.</summary>
    public static bool IsInPath(string name) => !name.Contains('/', StringComparison.Ordinal)
        && (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':', StringSplitOptions.RemoveEmptyEntries).Any(folder => Libc.Access(Path.Combine(folder, name), Executable) == 0 && File.Exists(Path.Combine(folder, name)));

    /// <summary>The path to execute.</summary>
    /// <param name="program">A name that is looked up in <paramref name="searchPath"/>, or a path.</param>
    /// <param name="searchPath">PATH.</param>
    /// <param name="folder">What relative paths count from.</param>
    /// <exception cref="UsageException">There is none, or it cannot be executed.</exception>
    public static string Find(string program, string searchPath, string folder)
    {
        if (program.Length == 0)
            throw new UsageException("The program's name is empty.");
        if (program.Contains('/', StringComparison.Ordinal))
        {
            var path = Path.GetFullPath(program, folder);
            if (Directory.Exists(path))
                throw new UsageException($"'{program}' is a directory, not a program.");
            if (!File.Exists(path))
                throw new UsageException($"There is no program '{program}'.");
            return Libc.Access(path, Executable) == 0
                ? path
                : throw new UsageException($"'{program}' is not executable; make it so with chmod +x, or name its interpreter before it.");
        }

        foreach (var entry in searchPath.Split(':'))
        {
            var path = Path.GetFullPath(Path.Combine(entry.Length == 0 ? "." : entry, program), folder);
            if (File.Exists(path) && Libc.Access(path, Executable) == 0)
                return path;
        }

        throw new UsageException(
            File.Exists(Path.Combine(folder, program))
                ? $"'{program}' is not on PATH; for the file in this folder write ./{program}."
                : $"There is no program '{program}' on PATH.");
    }
}
