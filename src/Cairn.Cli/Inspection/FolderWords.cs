using System.Globalization;
using Cairn.Checkpoints;
using Cairn.Runs;
using Cairn.Slurm;

namespace Cairn.Cli.Inspection;

/// <summary>The words FOLDER and STEP of a command line: which checkpoint folder is meant, and which checkpoints in it.</summary>
/// <param name="Folder">The folder, as an absolute path; it exists.</param>
/// <param name="Steps">The steps in their order; null stands for the newest. Empty where none was named.</param>
internal sealed record FolderWords(string Folder, IReadOnlyList<long?> Steps)
{
    private const string Newest = "latest";

    /// <summary>The folder that is meant where none is named.</summary>
    public const string Default = "$CAIRN_CHECKPOINT_DIR, else ./checkpoints (checkpoints-N in element N of a job array)";

    /// <summary>Reads the words. The folder may be left out, and may be a checkpoint's own.</summary>
    /// <exception cref="UsageException">There is no such folder, or a word is no step.</exception>
    public static FolderWords Read(IReadOnlyList<string> words)
    {
        // What the parser does not know as an option it takes for a word.
        if (words.FirstOrDefault(word => word.Length > 1 && word[0] == '-') is { } unknown)
            throw new UsageException($"There is no option {unknown}; a folder of that name is ./{unknown}.");
        if (words.Count == 0 || (StepOf(words[0]) is not null && !Directory.Exists(words[0])))
            return new(Existing(null), [.. words.Select(Step)]);
        var path = Path.GetFullPath(Path.TrimEndingDirectorySeparator(words[0]));
        var steps = words.Skip(1).Select(Step);

        // checkpoints/step-0000000120, as a shell completes it.
        return CheckpointNames.StepOf(Path.GetFileName(path)) is { } step && !Directory.Exists(Path.Combine(path, "attempts"))
            ? new(Existing(Path.GetDirectoryName(path)!), [step, .. steps])
            : new(Existing(path), [.. steps]);
    }

    /// <summary>The folder that is meant, which need not exist.</summary>
    /// <param name="given">The one that was named; null for none.</param>
    public static string Resolve(string? given)
    {
        try
        {
            return RunFolder.Resolve(given, SlurmJob.FromEnvironment(Environment.GetEnvironmentVariable));
        }
        catch (SlurmEnvironmentException error)
        {
            throw new UsageException(error.Message + ".");
        }
    }

    /// <summary>The checkpoints that are meant, in the order in which they were named; all of them, the newest first, where none was.</summary>
    /// <exception cref="UsageException">There is none, or not one of those that were named.</exception>
    public IReadOnlyList<CheckpointEntry> Chosen()
    {
        var there = Inventory.Entries(Folder);
        if (there.Count == 0)
            throw new UsageException($"There is no checkpoint in {Folder}.");
        return Steps.Count == 0 ? there : [.. Steps.Select(step => step is null ? there[0] : there.FirstOrDefault(entry => entry.Step == step) ?? throw NoSuch(step.Value)).Distinct()];

        UsageException NoSuch(long step) => new(
            $"There is no checkpoint of step {step} in {Folder}; the {(there.Count == 1 ? "only one is" : "newest are")} {string.Join(", ", there.Take(5).Select(entry => entry.Step))}.");
    }

    /// <summary>A step's number; null stands for the newest.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public static long? Step(string word) =>
        StepOf(word) is not { } step ? throw new UsageException($"'{word}' is no step: give a number, a checkpoint's name, or {Newest}.") : step < 0 ? null : step;

    private static string Existing(string? given)
    {
        var folder = Resolve(given);
        if (Directory.Exists(folder))
            return folder;
        throw new UsageException(
            File.Exists(folder) ? $"{folder} is a file; name a checkpoint folder."
            : given is null ? $"There is no folder {folder}; name the checkpoint folder, or set CAIRN_CHECKPOINT_DIR."
            : $"There is no folder {folder}.");
    }

    // -1 stands for the newest; null for what is no step.
    private static long? StepOf(string word) =>
        word == Newest ? -1
        : CheckpointNames.StepOf(word) is { } named ? named
        : long.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var step) ? step : null;
}
