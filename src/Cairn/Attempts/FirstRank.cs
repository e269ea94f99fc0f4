namespace Cairn.Attempts;

/// <summary>
/// What the other ranks of a step know of rank 0, which alone claims, saves and requeues: they read its journal.
/// </summary>
internal sealed class FirstRank
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    // It beats every 15 s; a shared file system may show that a minute late.
    private static readonly TimeSpan MostSilence = TimeSpan.FromMinutes(3);
    private readonly TimeProvider time;
    private volatile AttemptStory story;
    private long seen = -1;

    private FirstRank(AttemptStory story, TimeProvider time)
    {
        this.story = story;
        this.time = time;
    }

    /// <summary>The attempt's number.</summary>
    public int Attempt => story.Number;

    /// <summary>Waits until rank 0 of this very step has claimed the folder.</summary>
    /// <param name="checkpointFolder">The folder.</param>
    /// <param name="isThisStep">Whether a claim is that of this step.</param>
    /// <param name="time">The clock.</param>
    /// <param name="patience">A shared file system may show a new file a minute late.</param>
    /// <exception cref="FirstRankException">It did not.</exception>
    public static FirstRank WaitForClaim(string checkpointFolder, Func<AttemptStarted, bool> isThisStep, TimeProvider time, TimeSpan patience) =>
        Wait(
            () => AttemptStory.ReadAll(checkpointFolder).LastOrDefault(attempt => attempt.Claim is { } claim && isThisStep(claim)) is { } found
                ? new FirstRank(found, time)
                : null,
            time,
            patience) ?? throw new FirstRankException($"rank 0 did not claim the checkpoint folder {checkpointFolder} in time: did it fail or refuse (see its log), or is the folder not on a file system that all nodes share?");

    /// <summary>Reads its journal again, if it has grown.</summary>
    public AttemptStory Look()
    {
        var length = new FileInfo(story.Path).Length;
        if (Interlocked.Exchange(ref seen, length) != length)
            story = story.Reread();
        return story;
    }

    /// <summary>Whether it is stopping, or has ended without being finished.</summary>
    public static bool IsStopping(AttemptStory story) =>
        story.Finished is null && story.Events.Any(entry => entry is Interrupted or Stopped or AttemptEnded);

    /// <summary>Waits until rank 0 has restored, or ended without, as long as it lives.</summary>
    /// <returns>Where it goes on; null when it ended without.</returns>
    /// <exception cref="FirstRankException">It lives no more.</exception>
    public Resumed? WaitForResume()
    {
        AwaitWhileAlive(
            () => story.Events.OfType<Resumed>().Any() || story.Ended,
            $"rank 0 died, or hangs, before it had restored; see its log, and {story.Path}");
        return story.Events.OfType<Resumed>().LastOrDefault();
    }

    /// <summary>Waits until rank 0 has come to its end and done what it decided, as long as it lives. A requeue ends this process, too.</summary>
    /// <exception cref="FirstRankException">It lives no more.</exception>
    public void WaitForEnd() => AwaitWhileAlive(
        () => story.Ended,
        $"rank 0 died, or hangs (see {story.Path}); nothing is saved here, rank 0 does that");

    private static T? Wait<T>(Func<T?> look, TimeProvider time, TimeSpan patience)
        where T : class
    {
        var began = time.GetTimestamp();
        while (true)
        {
            if (look() is { } seen)
                return seen;
            if (time.GetElapsedTime(began) > patience)
                return null;
            Thread.Sleep(Interval);
        }
    }

    private void AwaitWhileAlive(Func<bool> isDone, string problem)
    {
        var (seen, since) = (Sign(), time.GetTimestamp());
        while (true)
        {
            Look();
            if (isDone())
                return;
            if (Sign() is var now && now != seen)
                (seen, since) = (now, time.GetTimestamp());
            else if (time.GetElapsedTime(since) > MostSilence)
                throw new FirstRankException(problem);
            Thread.Sleep(Interval);
        }
    }

    // What a line or a heartbeat changes. Compared, and never with this machine's clock.
    private (DateTime, int) Sign() => (File.GetLastWriteTimeUtc(story.Path), story.Events.Count);
}
