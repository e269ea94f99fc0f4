using Cairn.Slurm;

namespace Cairn.Cli.Doctor.Facts;

/// <summary>What a program with MPI meets here.</summary>
/// <param name="Types">What srun's --mpi takes; empty where srun does not say.</param>
/// <param name="Library">The MPICH that the loader would take; null where there is none.</param>
/// <param name="TamesUcx">UCX, through which MPICH may speak, is told to leave signals alone.</param>
internal sealed record MpiFacts(IReadOnlyList<string> Types, string? Library, bool TamesUcx)
{
    // MPICH, and those that are built like it.
    private const string MpichName = "libmpich.so.12";
    private const string LikeMpichName = "libmpi.so.12";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Reads it; srun is asked where there is a cluster.</summary>
    public static MpiFacts Read(bool asks) => new(
        asks ? ReadTypes() : [],
        LoaderFolders.All.SelectMany(folder => (string[])[Path.Combine(folder, MpichName), Path.Combine(folder, LikeMpichName)]).FirstOrDefault(File.Exists),
        Environment.GetEnvironmentVariable("UCX_HANDLE_ERRORS") == "none" || Environment.GetEnvironmentVariable("UCX_ERROR_SIGNALS") == "");

    /// <summary>What srun's --mpi takes, by its own word; empty where it does not say.</summary>
    public static IReadOnlyList<string> ReadTypes() =>
        CommandRun.Of("srun", ["--mpi=list"], [new("LC_ALL", "C")], Patience) is { ExitCode: 0 } run ? ParseTypes(run.Output + "\n" + run.Errors) : [];

    /// <summary>Reads the answer: a type a line, indented, or behind <c>srun:</c>.</summary>
    public static IReadOnlyList<string> ParseTypes(string answer) =>
    [
        .. from line in answer.Split('\n')
           where line.StartsWith('\t') || line.StartsWith(' ') || line.StartsWith("srun: ", StringComparison.Ordinal)
           let word = line.StartsWith("srun: ", StringComparison.Ordinal) ? line[6..].Trim() : line.Trim()
           where word.Length > 0 && word.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_')
           select word,
    ];
}
