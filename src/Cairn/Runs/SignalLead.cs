using Cairn.Interruptions;

namespace Cairn.Runs;

/// <summary>Did a warning signal come early enough for a step and a save? A pure decision.</summary>
/// <param name="Lead">From the signal to the end.</param>
/// <param name="Step">The longest step.</param>
/// <param name="Save">The longest save.</param>
/// <param name="WallTime">The job's whole time; null when it is unknown.</param>
internal sealed record SignalLead(TimeSpan Lead, TimeSpan Step, TimeSpan Save, TimeSpan? WallTime)
{
    /// <summary>What a stop needs: as much as the guard of the deadline keeps for it.</summary>
    public TimeSpan Needed => DeadlineGuard.Reserve(Step, Save, WallTime);

    /// <summary>Whether it came too late.</summary>
    public bool IsShort => Lead < Needed;

    /// <summary>What was wrong, and what to do about it.</summary>
    /// <param name="signal">The signal's name.</param>
    public string Advice(string signal)
    {
        var ask = Math.Ceiling(Needed.TotalSeconds / 10) * 10;
        return $"{signal} came {Duration.Words(Lead)} before the end, but a step ({Duration.Words(Step)}) and a save ({Duration.Words(Save)}) need about {Duration.Words(Needed)}: let it come earlier, with --signal={signal}@{ask:0} or more";
    }
}
