namespace Cairn;

/// <summary>
/// What steps and saves take, as measured; null what was not measured yet. An attempt begins with what those before it left in
/// their journals, and what it measures itself soon outweighs that.
/// </summary>
public sealed record MeasuredTimes
{
    /// <summary>Nothing is known.</summary>
    public static MeasuredTimes None { get; } = new();

    /// <summary>A step: the mean of those in which no save was being written.</summary>
    public TimeSpan? Step { get; init; }

    /// <summary>How long the loop waits for a save: the mean of the last few.</summary>
    public TimeSpan? Stall { get; init; }

    /// <summary>How long the loop waited for the newest save of this attempt.</summary>
    public TimeSpan? LastStall { get; init; }

    /// <summary>From the step boundary until a checkpoint is durable: the mean of the last few. Most of it may go on behind the training.</summary>
    public TimeSpan? Save { get; init; }
}
