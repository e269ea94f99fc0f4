using Cairn.Attempts;

namespace Cairn.Cli.Wrapper.History;

/// <summary>The journals of jobs that are over are kept, but not for ever.</summary>
internal static class OldJobs
{
    /// <summary>So many jobs are kept, however old.</summary>
    public const int Kept = 200;

    private static readonly TimeSpan KeptFor = TimeSpan.FromDays(30);

    /// <summary>Removes the folders of jobs in which nothing was written for so long. It never throws: what cannot be removed stays.</summary>
    /// <param name="below">The folder that has them all, this user's own.</param>
    /// <param name="now">The instant.</param>
    public static void Remove(string below, DateTimeOffset now)
    {
        try
        {
            var jobs = new List<(DateTime Written, string Path)>();
            foreach (var job in new DirectoryInfo(below).EnumerateDirectories())
            {
                if (job.LinkTarget is null)
                    jobs.Add((NewestIn(job), job.FullName));
            }

            jobs.Sort((one, other) => other.Written.CompareTo(one.Written));
            for (var i = Kept; i < jobs.Count; i++)
            {
                if (now.UtcDateTime - jobs[i].Written > KeptFor)
                    Directory.Delete(jobs[i].Path, recursive: true);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Another job may be at it, too.
        }
    }

    private static DateTime NewestIn(DirectoryInfo job)
    {
        var newest = job.LastWriteTimeUtc;
        if (new DirectoryInfo(AttemptFiles.Folder(job.FullName)) is { Exists: true, LinkTarget: null } attempts)
        {
            foreach (var file in attempts.EnumerateFiles())
                newest = file.LastWriteTimeUtc > newest ? file.LastWriteTimeUtc : newest;
        }

        return newest;
    }
}
