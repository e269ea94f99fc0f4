namespace Cairn;

/// <summary>When a schedule that tunes itself saves as long as no save was measured: soon.</summary>
/// <remarks>
/// One early save costs little whatever it costs, shows that saving works before hours depend on it, and is the measurement.
/// Ten steps, since the very first ones are slower than the rest; or a minute, since ten steps may be long.
/// </remarks>
internal static class FirstSave
{
    public const string Words = "after 10 steps or 1 min at first";

    private static readonly TimeSpan Time = TimeSpan.FromMinutes(1);

    /// <summary>Whether it is due. Not again while the first one is being written; one that fails is tried again by the run.</summary>
    public static bool IsDue(in SaveMoment moment) =>
        moment.Measured.Stall is null && (moment.StepsDone - moment.StepsSaved >= 10 || moment.SinceSave >= Time);
}
