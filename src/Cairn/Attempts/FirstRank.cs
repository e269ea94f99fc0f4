namespace Cairn.Attempts;

/// <summary>
/// What the other ranks of a step know of rank 0, which alone claims, saves and requeues: they read its journal.
/// </summary>
internal sealed class FirstRank
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private readonly TimeProvider time;
    private AttemptStory story;

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
            patience) ?? throw new FirstRankException($"rank 0 did not claim the checkpoint folder {checkpointFolder} in time; is it on a file system that all nodes share?");

    /// <summary>Waits until rank 0 has restored, or found nothing to do.</summary>
    /// <returns>Where it goes on; null when it ended without.</returns>
    /// <exception cref="FirstRankException">It did neither in time.</exception>
    public Resumed? WaitForResume(TimeSpan patience)
    {
        Await(
            () => story.Events.OfType<Resumed>().Any() || story.Ended,
            patience,
            $"rank 0 did not restore in time; see its log, and {story.Path}");
        return story.Events.OfType<Resumed>().LastOrDefault();
    }

    /// <summary>Waits until rank 0 has decided about a stop and done what it decided. A requeue ends this process, too.</summary>
    /// <exception cref="FirstRankException">It did not in time.</exception>
    public void WaitForEnd(TimeSpan patience) => Await(
        () => story.Ended,
        patience,
        $"this rank was stopped, but rank 0 goes on or hangs (see {story.Path}); nothing is saved here, rank 0 does that");

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

    private void Await(Func<bool> isDone, TimeSpan patience, string problem)
    {
        _ = Wait(
            () =>
            {
                story = story.Reread();
                return isDone() ? this : null;
            },
            time,
            patience) ?? throw new FirstRankException(problem);
    }
}
