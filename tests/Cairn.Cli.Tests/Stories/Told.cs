using Cairn.Attempts;
using Cairn.Cli.Inspection;
using Cairn.Cli.Stories;

namespace Cairn.Cli.Tests.Stories;

/// <summary>Journals as a test tells them: seconds after one instant, and what happened then.</summary>
internal static class Told
{
    private static readonly DateTimeOffset Start = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset At(double seconds) => Start.AddSeconds(seconds);

    public static double Seconds(DateTimeOffset? time) => (time!.Value - Start).TotalSeconds;

    /// <summary>The claim of a process of another machine.</summary>
    public static AttemptStarted Began(double at, int attempt, string? job = "17", int restarts = 0) =>
        new(At(at), attempt, job, restarts, null, 1, new("n1", "boot", 4711, 1), "train", "0.1.0");

    public static Resumed Resumed(double at, long step, long? planned = 1000, double? deadline = null) =>
        new(At(at), step, step == 0 ? null : $"step-{step:0000000000}", 0, 0, [], [], deadline is { } end ? At(end) : null, planned);

    public static Progress Progress(double at, long step, long steps = 100, double mean = 1, Dictionary<string, double>? metrics = null) =>
        new(At(at), step, steps, mean, 0, mean, metrics);

    public static Saved Saved(double at, long step, string reason = "schedule", double seconds = 2, double durable = 2, long bytes = 1000) =>
        new(At(at), step, reason, bytes, seconds, durable);

    public static Stopped Stopped(double at, long step, string cause = "Warning", string action = "Requeue", string reason = "why") =>
        new(At(at), step, step, cause, action, reason);

    public static AttemptEnded Ended(double at, string outcome, long step) => new(At(at), outcome, step, 0, at);

    /// <summary>A journal that was written or touched last at some instant.</summary>
    public static FoundJournal Journal(int attempt, double touched, params JournalEvent[] events) => new(new(attempt, "journal", events), At(touched), null);

    public static RunStory Story(double now, params FoundJournal[] journals) => RunStory.Of("/run/checkpoints", journals, At(now));
}
