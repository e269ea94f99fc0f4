using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Slurm;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>Which folder a run uses, and whether it may.</summary>
internal static class RunFolder
{
    // Between the creation of a journal and its first line lie microseconds; on a network's file system it may take longer to be seen.
    private static readonly TimeSpan Birth = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

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

    /// <summary>Claims the folder for this process.</summary>
    /// <exception cref="FolderInUseException">Somebody else is writing to it; names who.</exception>
    public static AttemptClaim Claim(string folder, SlurmJob? job, TimeProvider time, ILogger log)
    {
        var attempts = ReadBorn(folder, time);
        if (WhoIsAtWork(attempts, job, time, log) is { } obstacle)
            throw new FolderInUseException(folder, obstacle);
        return AttemptClaim.Take(folder, attempts, number => new AttemptStarted(
            time.GetUtcNow(), number, job?.Id, job?.Restarts ?? 0, job?.Step, job?.WorldSize ?? 1, ProcessIdentity.Current, Environment.ProcessPath ?? string.Empty, CairnVersion.Text));
    }

    /// <summary>Who is at work in a folder, or may be, so that nobody else may write there; null when nobody is.</summary>
    /// <param name="attempts">Its attempts, the oldest first.</param>
    /// <param name="job">The job that asks; null without Slurm, and for who belongs to none of them.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told when it has to wait for a sign of life.</param>
    public static string? WhoIsAtWork(IReadOnlyList<AttemptStory> attempts, SlurmJob? job, TimeProvider time, ILogger log)
    {
        if (attempts.LastOrDefault(attempt => attempt.Claim is not null) is not { Claim: { } previous } last)
            return null;
        return PreviousAttempt.Obstacle(
            previous,
            last.Ended,
            job?.Id,
            job?.Restarts ?? 0,
            process => process.IsRunning(),
            id => new SlurmCommands(time).ShowJob(id) is var answer && answer.IsUnknownJob ? false : answer.Status?.MayBeAlive,
            () => SignOfLife.IsThere(last.Path, time, () => log.LogInformation(
                "attempt {Attempt} on {Host} did not say that it ended, and nobody here knows: watching its journal for {Patience}",
                previous.Attempt, previous.Process.Host, Duration.Words(SignOfLife.Patience))));
    }

    // An attempt that is just being born has a file without a first line: it would look like one that died.
    private static IReadOnlyList<AttemptStory> ReadBorn(string folder, TimeProvider time)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var attempts = AttemptStory.ReadAll(folder);
            var unborn = attempts.Count > 0 && attempts[^1].Claim is null && time.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(attempts[^1].Path) < Birth;
            if (!unborn || time.GetElapsedTime(began) > Birth)
                return attempts;
            Thread.Sleep(Interval);
        }
    }
}
