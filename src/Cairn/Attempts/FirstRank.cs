using Cairn.Timing;

namespace Cairn.Attempts;

/// <summary>
/// What the other ranks of a step know of rank 0, which alone claims, saves and requeues: they read its journal.
/// </summary>
internal sealed class FirstRank
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    // Thousands of ranks that all list one folder ten times a second hold up the file system for everybody: where rank 0 is late they look less often, and are late by little of that.
    private const int PartOfWait = 20;
    private static readonly TimeSpan LongestInterval = TimeSpan.FromSeconds(2);

    // It beats every 15 s; a shared file system may show that a minute late.
    private static readonly TimeSpan MostSilence = TimeSpan.FromMinutes(3);

    // Its claim is the newest, or nearly: others may have been refused, or taken over, while this rank was starting.
    private const int MostClaims = 20;
    private readonly TimeProvider time;
    private readonly JournalFollower journal;

    private FirstRank(AttemptStarted claim, string journal, TimeProvider time)
    {
        Claim = claim;
        this.journal = new JournalFollower(claim.Attempt, journal);
        this.time = time;
    }

    /// <summary>Its claim.</summary>
    public AttemptStarted Claim { get; }

    /// <summary>The attempt's number.</summary>
    public int Attempt => Claim.Attempt;

    /// <summary>Waits until rank 0 of this very step has claimed the folder.</summary>
    /// <param name="checkpointFolder">The folder.</param>
    /// <param name="isThisStep">Whether a claim is that of this step.</param>
    /// <param name="time">The clock.</param>
    /// <param name="patience">A shared file system may show a new file a minute late.</param>
    /// <exception cref="FirstRankException">It did not.</exception>
    public static FirstRank WaitForClaim(string checkpointFolder, Func<AttemptStarted, bool> isThisStep, TimeProvider time, TimeSpan patience) =>
        Wait(new ClaimSearch(checkpointFolder, isThisStep, time).Find, time, patience) ?? throw new FirstRankException($"rank 0 did not claim the checkpoint folder {checkpointFolder} in time: did it fail or refuse (see its log), was it given another folder, or is the folder not on a file system that all nodes share?");

    /// <summary>What its journal tells by now of where it began and how it ends: what has come since the last look is read.</summary>
    public AttemptStory Story() => journal.Story();

    /// <summary>The same, with its checkpoints.</summary>
    public AttemptStory WholeStory() => new(Attempt, journal.Path, JournalFile.ReadEnds(journal.Path));

    /// <summary>Adds to the journal of a rank 0 that is gone what is decided in its place: the attempts after this one go by it.</summary>
    public void WriteInItsPlace(params ReadOnlySpan<JournalEvent> entries) => Journal.Append(journal.Path, entries);

    /// <summary>Whether it is stopping, or has ended without being finished.</summary>
    public static bool IsStopping(AttemptStory story) =>
        story.Finished is null && story.Events.Any(entry => entry is Interrupted or Stopped or AttemptEnded);

    /// <summary>Waits until rank 0 has restored, or ended without, as long as it lives.</summary>
    /// <returns>Where it goes on; null when it ended without.</returns>
    /// <exception cref="FirstRankException">It lives no more.</exception>
    public Resumed? WaitForResume()
    {
        AwaitWhileAlive(
            story => story.Events.OfType<Resumed>().Any() || story.Ended,
            $"rank 0 died, or hangs, before it had restored; see its log, and {journal.Path}");
        return Story().Events.OfType<Resumed>().LastOrDefault();
    }

    /// <summary>Waits until rank 0 has come to its end and done what it decided, as long as it lives. A requeue ends this process, too.</summary>
    /// <exception cref="FirstRankException">It lives no more.</exception>
    public void WaitForEnd() => AwaitWhileAlive(
        story => story.Ended,
        $"rank 0 died, or hangs (see {journal.Path}); nothing is saved here, rank 0 does that");

    private static T? Wait<T>(Func<T?> look, TimeProvider time, TimeSpan patience)
        where T : class
    {
        var began = time.GetTimestamp();
        while (true)
        {
            if (look() is { } seen)
                return seen;
            var waited = time.GetElapsedTime(began);
            if (waited > patience)
                return null;
            var pause = waited / PartOfWait;
            Thread.Sleep(pause < Interval ? Interval : pause < LongestInterval ? pause : LongestInterval);
        }
    }

    private void AwaitWhileAlive(Func<AttemptStory, bool> isDone, string problem)
    {
        var (seen, since) = (Sign(), time.GetTimestamp());
        while (true)
        {
            if (isDone(Story()))
                return;
            if (Sign() is var now && now != seen)
                (seen, since) = (now, time.GetTimestamp());
            else if (time.GetRunningTime(since) > MostSilence)
                throw new FirstRankException(problem);
            Thread.Sleep(Interval);
        }
    }

    // What a line or a heartbeat changes. Compared, and never with this machine's clock.
    private (DateTime, long) Sign() => (File.GetLastWriteTimeUtc(journal.Path), journal.Position);

    /// <summary>Looks for the claim of this very step, again and again.</summary>
    private sealed class ClaimSearch(string checkpointFolder, Func<AttemptStarted, bool> isThisStep, TimeProvider time)
    {
        private readonly HashSet<int> others = [];

        public FirstRank? Find()
        {
            var attempts = AttemptFiles.In(checkpointFolder);
            for (var i = attempts.Count - 1; i >= Math.Max(0, attempts.Count - MostClaims); i--)
            {
                var (number, path) = attempts[i];
                if (others.Contains(number) || new AttemptStory(number, path, JournalFile.ReadEnds(path)).Claim is not { } told)
                    continue;
                var claim = told with { Attempt = number };
                if (isThisStep(claim))
                    return new FirstRank(claim, path, time);
                others.Add(number);
            }

            return null;
        }
    }
}
