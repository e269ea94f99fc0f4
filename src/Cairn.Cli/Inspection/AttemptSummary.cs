using Cairn.Cli.Stories;

namespace Cairn.Cli.Inspection;

/// <summary>An attempt in short.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Job">The job; null without Slurm.</param>
/// <param name="Host">Where it ran; null where its claim cannot be read.</param>
/// <param name="Began">When.</param>
/// <param name="Seconds">From its claim to the last that is known of it.</param>
/// <param name="FromStep">The step that it went on from; null when it came to none.</param>
/// <param name="ToStep">The last step that its journal tells of.</param>
/// <param name="Lost">How many of its steps do not count.</param>
/// <param name="Saves">How many checkpoints it saved; null where it does not tell of any, for its program saves by itself.</param>
/// <param name="End">How it ended.</param>
internal sealed record AttemptSummary(
    int Number, string? Job, string? Host, DateTimeOffset? Began, double? Seconds, long? FromStep, long? ToStep, long Lost, int? Saves, AttemptEnd End)
{
    public static AttemptSummary Of(StoryAttempt attempt) => new(
        attempt.Number,
        attempt.Job,
        attempt.Host,
        attempt.Claim?.Time,
        attempt is { Claim: { } claim, Ended: { } ended } ? Math.Round(Within.Between(claim.Time, ended), 3) : null,
        attempt.FromStep,
        attempt.ToStep,
        attempt.StepsLost,
        attempt.TellsOfSaves ? attempt.Saves.Count : null,
        attempt.End);
}
