using Cairn.Attempts;

namespace Cairn.Cli.Inspection;

/// <summary>An attempt in short.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Job">The job; null without Slurm.</param>
/// <param name="Host">Where it ran; null where its claim cannot be read.</param>
/// <param name="Began">When.</param>
/// <param name="Seconds">From its claim to its journal's last line.</param>
/// <param name="FromStep">The step that it went on from; null when it came to none.</param>
/// <param name="ToStep">The last step that its journal tells of.</param>
/// <param name="Saves">How many checkpoints it saved.</param>
/// <param name="End">How it ended.</param>
internal sealed record AttemptSummary(
    int Number, string? Job, string? Host, DateTimeOffset? Began, double? Seconds, long? FromStep, long? ToStep, int Saves, AttemptEnd End)
{
    public static AttemptSummary Of(FoundJournal journal, bool isLast, DateTimeOffset now)
    {
        var (attempt, claim) = (journal.Story, journal.Story.Claim);
        return new(
            attempt.Number,
            claim?.Job,
            claim?.Process.Host,
            claim?.Time,
            claim is null ? null : Math.Round((attempt.Events[^1].Time - claim.Time).TotalSeconds, 3),
            attempt.Events.OfType<Resumed>().LastOrDefault()?.Step,
            attempt.LastStep,
            attempt.Events.OfType<Saved>().Count(),
            journal.Problem is { } problem
                ? new("unreadable", $"its journal cannot be read: {problem}")
                : AttemptEnd.Of(attempt, isLast, claim?.Process.IsRunning(), now - journal.Changed));
    }
}
