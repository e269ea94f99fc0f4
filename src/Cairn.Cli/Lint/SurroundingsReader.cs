using Cairn.Attempts;
using Cairn.Cli.BatchScripts;
using Cairn.Posix;

namespace Cairn.Cli.Lint;

/// <summary>Looks around on this machine: the edge of the rules to folders, files and the cluster.</summary>
internal static class SurroundingsReader
{
    private const int LargestProgram = 1 << 20;
    private const int LargestJournal = 64 << 20;

    /// <param name="script">The script's path; what it names is looked for where it would be submitted (here) and beside it.</param>
    /// <param name="cluster">The cluster.</param>
    /// <param name="stepAndSave">What is known about the times.</param>
    public static Surroundings Of(string script, Cluster cluster, (TimeSpan Time, string Source)? stepAndSave)
    {
        string[] bases = [Environment.CurrentDirectory, Path.GetDirectoryName(Path.GetFullPath(script))!];
        return new()
        {
            IsMissing = folder => IsMissing(folder, bases, onCluster: cluster.Partitions.Count > 0),
            ProgramText = file => ProgramText(file, bases),
            Misspelt = file => Misspelt(file, bases),
            Partitions = cluster.Partitions,
            Steps = cluster.Steps,
            StepAndSave = stepAndSave,
        };
    }

    /// <summary>The longest step and the longest save that the journals of a checkpoint folder tell of; null where they tell of none.</summary>
    public static TimeSpan? StepAndSave(string checkpoints)
    {
        var events = AttemptFiles.In(checkpoints).SelectMany(journal => Events(journal.Path)).ToArray();
        var step = events.OfType<Progress>().Select(progress => progress.LongestSeconds).Where(IsTime).DefaultIfEmpty().Max();
        var save = events.OfType<Saved>().Select(saved => saved.DurableSeconds).Where(IsTime).DefaultIfEmpty().Max();
        return step + save > 0 ? TimeSpan.FromSeconds(step + save) : null;

        static bool IsTime(double seconds) => seconds is >= 0 and < 1e9;
    }

    private static IReadOnlyList<JournalEvent> Events(string journal)
    {
        try
        {
            return JournalFile.ReadAll(new MemoryStream(NamedFile.Read(journal, LargestJournal)));
        }
        catch (NamedFileException error)
        {
            throw new UsageException($"--checkpoints: {journal} {error.Message}");
        }
    }

    private static bool? IsMissing(string folder, string[] bases, bool onCluster)
    {
        if (!folder.StartsWith('/'))
            return !Array.Exists(bases, from => Directory.Exists(Path.Combine(from, folder)));
        if (Directory.Exists(folder))
            return false;
        // On a laptop nothing of the cluster's file systems is there: only a folder that is missing beside others is.
        return onCluster || (Path.GetDirectoryName(folder) is { Length: > 1 } parent && Directory.Exists(parent)) ? true : null;
    }

    private static string? Misspelt(string file, string[] bases)
    {
        try
        {
            if (Array.Exists(bases, from => File.Exists(Path.Combine(from, file))))
                return null;
            var name = Path.GetFileName(file);
            return bases.Select(from => Path.GetDirectoryName(Path.Combine(from, file))!).Where(Directory.Exists)
                .SelectMany(folder => Directory.EnumerateFiles(folder, "*" + Path.GetExtension(file)))
                .Select(Path.GetFileName).FirstOrDefault(other => Misprints.IsOne(name, other!)) is { } near ? file[..^name.Length] + near : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // Not readable is not known: the rules say nothing then.
        }
    }

    private static string? ProgramText(string file, string[] bases)
    {
        try
        {
            var found = bases.Select(from => new FileInfo(Path.Combine(from, file))).FirstOrDefault(info => info.Exists);
            return found is { Length: <= LargestProgram } && FileStatus.At(found.FullName) is { IsFile: true } ? File.ReadAllText(found.FullName) : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // Not readable is not known: the rules say nothing then.
        }
    }
}
