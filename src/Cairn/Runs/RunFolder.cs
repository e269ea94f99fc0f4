using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Slurm;

namespace Cairn.Runs;

/// <summary>Which folder a run uses, and whether it may.</summary>
internal static class RunFolder
{
    /// <summary>The folder that was asked for, else the variable's, else <c>checkpoints</c>; elements of an array get one each.</summary>
    public static string Resolve(string? directory, SlurmJob? job)
    {
        directory ??= Environment.GetEnvironmentVariable("CAIRN_CHECKPOINT_DIR") is { Length: > 0 } given
            ? given
            : job?.ArrayTask is { } task ? $"checkpoints-{task}" : "checkpoints";
        return Path.GetFullPath(directory);
    }

    /// <summary>Makes the folder.</summary>
    /// <exception cref="CheckpointFolderException">It cannot be made.</exception>
    public static void Make(string folder)
    {
        try
        {
            Directory.CreateDirectory(AttemptFiles.Folder(folder));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointFolderException(folder, error);
        }
    }

    /// <summary>Refuses a folder that somebody else is writing to.</summary>
    /// <exception cref="FolderInUseException">Names who.</exception>
    public static void ThrowIfInUse(string folder, IReadOnlyList<AttemptStory> attempts, SlurmJob? job)
    {
        if (attempts.LastOrDefault(attempt => attempt.Claim is not null) is not { Claim: { } previous } last)
            return;
        var obstacle = PreviousAttempt.Obstacle(
            previous, last.Ended, job?.Id, job?.Restarts ?? 0, process => process.IsRunning(), id => new SlurmCommands().ShowJob(id)?.IsRunning);
        if (obstacle is not null)
            throw new FolderInUseException(folder, obstacle);
    }
}
