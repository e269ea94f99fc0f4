using System.Runtime.InteropServices;

namespace Cairn;

/// <summary>What a schedule is told at a step boundary.</summary>
/// <param name="StepsDone">Completed steps, of all attempts together.</param>
/// <param name="StepsSaved">Completed steps in the newest state that was taken: durable, or being written; 0 when there is none.</param>
/// <param name="SinceSave">Time since that state was taken, or since this attempt began its first step.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SaveMoment(long StepsDone, long StepsSaved, TimeSpan SinceSave)
{
    /// <summary>What steps and saves take. The same object as long as no number in it has changed.</summary>
    public MeasuredTimes Measured
    {
        get => field ?? MeasuredTimes.None;
        init;
    }
}
