using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Reading;
using Cairn.Posix;
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
        directory ??= OuterWrapper.IsMeant(Environment.GetEnvironmentVariable, job) && Environment.GetEnvironmentVariable("CAIRN_CHECKPOINT_DIR") is { Length: > 0 } given
            ? given
            : job?.ArrayTask is { } task ? $"checkpoints-{task}" : "checkpoints";
        return Path.GetFullPath(directory);
    }

    /// <summary>Makes the folder, and that of the journals in it, so that they last.</summary>
    /// <exception cref="CheckpointFolderException">It cannot be made, also when it was tried again.</exception>
    public static void Make(string folder, TimeProvider time, ILogger log) => Patience.Read(time, log, () => Using(folder, () =>
    {
        PosixDirectory.CreateAll(AttemptFiles.Folder(folder));
        return true;
    }));

    /// <summary>Claims the folder for this process.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="job">The job; null without Slurm.</param>
    /// <param name="place">This process among the ranks.</param>
    /// <param name="control">Where this process listens to the other ranks; null where it does not.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">For a person.</param>
    /// <exception cref="FolderInUseException">Somebody else is writing to it; names who.</exception>
    /// <exception cref="CheckpointFolderException">It cannot be written, also when it was tried again.</exception>
    public static AttemptClaim Claim(string folder, SlurmJob? job, RankPlace place, string? control, TimeProvider time, ILogger log) =>
        Patience.Read(time, log, () => ClaimOnce(folder, job, place, control, time, log));

    private static AttemptClaim ClaimOnce(string folder, SlurmJob? job, RankPlace place, string? control, TimeProvider time, ILogger log)
    {
        var (attempts, saver) = Reading(folder, () => (ReadBorn(folder, time), CheckpointListing.NewestSaver(folder)));
        if (WhoIsAtWork(attempts, job, time, log) is { } obstacle)
            throw new FolderInUseException(folder, obstacle);
        return Using(folder, () => AttemptClaim.Take(folder, attempts, number => new AttemptStarted(
            time.GetUtcNow(), number, job?.Id, job?.Restarts ?? 0, place.Launch, place.WorldSize, ProcessIdentity.Current, Environment.ProcessPath ?? string.Empty, CairnVersion.Text, control,
            job is null ? null : Allocation.FromEnvironment(Environment.GetEnvironmentVariable)), saver));
    }

    /// <summary>The attempts before one, and what they tell.</summary>
    /// <exception cref="CheckpointReadException">Their journals cannot be read now, also when it was tried again.</exception>
    public static (AttemptHistory Before, Remembered Remembered) Remember(string folder, int number, AttemptClaim? claim, TimeProvider time, ILogger log) =>
        Patience.Read(time, log, () => Reading(folder, () =>
        {
            var before = AttemptHistory.Of(folder, number);
            return (before, Remembered.Of(time.GetUtcNow(), before, claim?.Journal.Newest.OfType<AttemptStarted>().Single()));
        }));

    /// <summary>Who is at work in a folder, or may be, so that nobody else may write there; null when nobody is.</summary>
    /// <param name="attempts">Its attempts, the oldest first.</param>
    /// <param name="job">The job that asks; null without Slurm, and for who belongs to none of them.</param>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told when it has to wait for a sign of life.</param>
    public static string? WhoIsAtWork(IReadOnlyList<AttemptStory> attempts, SlurmJob? job, TimeProvider time, ILogger log)
    {
        var newest = attempts.Count - 1;
        while (newest >= 0 && attempts[newest].Claim is null)
            newest--;
        if (newest < 0 || attempts[newest] is not { Claim: { } previous } last)
            return null;
        return PreviousAttempt.Obstacle(
            previous,
            last.Ended,
            job?.Id,
            job?.Restarts ?? 0,
            process => process.IsRunning(),
            id => new SlurmCommands(time).ShowJob(id) is var answer && answer.IsUnknownJob ? false : answer.Status?.MayBeAlive,
            () => SignOfLife.IsThere(last.Path, time, () => log.LogInformation(
                LogEvents.WaitsForSign, "attempt {Attempt} on {Host} did not say that it ended, and nobody here knows: watching its journal for {Patience}",
                previous.Attempt, previous.Process.Host, Duration.Words(SignOfLife.Patience))));
    }

    // An attempt that is just being born has a file without a first line: it would look like one that died.
    private static AttemptHistory ReadBorn(string folder, TimeProvider time)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var attempts = AttemptHistory.Of(folder);
            var unborn = attempts.Count > 0 && attempts[^1].Claim is null && time.GetUtcNow().UtcDateTime - File.GetLastWriteTimeUtc(attempts[^1].Path) < Birth;
            if (!unborn || time.GetElapsedTime(began) > Birth)
                return attempts;
            Thread.Sleep(Interval);
        }
    }

    private static T Using<T>(string folder, Func<T> use)
    {
        try
        {
            return use();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointFolderException(folder, error);
        }
    }

    private static T Reading<T>(string folder, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CheckpointReadException.OfJournals(AttemptFiles.Folder(folder), error);
        }
    }
}
