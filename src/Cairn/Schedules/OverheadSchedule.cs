using System.Globalization;
using System.Runtime.InteropServices;

namespace Cairn;

/// <summary>Saves as often as a bound on the overhead allows, first by what was measured of steps and saves, then by what came of it.</summary>
internal sealed class OverheadSchedule : SaveSchedule
{
    private readonly double percent;
    private MeasuredTimes known = MeasuredTimes.None;
    private long? byRule;
    private long more;
    private Window window;

    public OverheadSchedule(double percent)
    {
        if (!(percent is > 0 and <= 100))
            throw new ArgumentOutOfRangeException(nameof(percent), percent, "the overhead is a percentage: more than 0, at most 100");
        this.percent = percent;
    }

    private double Share => percent / 100;

    internal override double? OverheadPercent => percent;

    public override bool IsDue(in SaveMoment moment)
    {
        if (!ReferenceEquals(moment.Measured, known))
            Learn(moment.Measured);
        if (moment.StepsSaved != window.Begin)
            BeginWindow(moment);
        if (byRule is null)
            return FirstSave.IsDue(moment);
        var steps = moment.StepsDone - moment.StepsSaved;
        if (steps < byRule + more)
            return false;
        window = window with { Steps = steps, Took = moment.SinceSave };
        return true;
    }

    public override string ToString()
    {
        var bound = string.Create(CultureInfo.InvariantCulture, $"as often as {percent} % overhead allow");
        return (byRule + more) switch
        {
            null => $"{FirstSave.Words}, then {bound}",
            1 => $"every step, {bound}",
            { } steps => $"every {steps} steps, {bound}",
        };
    }

    private void Learn(MeasuredTimes times)
    {
        known = times;
        if (times is { Step: { } step, Stall: { } stall, Save: { } save })
            byRule = CheckFreqInterval.Steps(step, stall, save, Share);
    }

    // A save has been taken. Only now is it looked at what the last one cost, for one boundary may ask more than once.
    private void BeginWindow(in SaveMoment moment)
    {
        if (window is { Steps: > 0, Stall: { } stall } && known.Step is { } step)
            more = Math.Max(0, more + CheckFreqInterval.Correction(window.Steps, step, stall + window.Took, Share));
        window = new Window(moment.StepsSaved, known.LastStall, 0, TimeSpan.Zero);
    }

    /// <summary>The steps after a save, until the next one was due.</summary>
    /// <param name="Begin">Completed steps in that save.</param>
    /// <param name="Stall">How long the loop waited for it; null when the attempt began there.</param>
    /// <param name="Steps">How many they were; 0 as long as none was due.</param>
    /// <param name="Took">How long they took.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Window(long Begin, TimeSpan? Stall, long Steps, TimeSpan Took);
}
