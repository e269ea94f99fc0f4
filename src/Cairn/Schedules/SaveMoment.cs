using System.Runtime.InteropServices;

namespace Cairn;

/// <summary>What a schedule is told at a step boundary.</summary>
/// <param name="StepsDone">Completed steps, of all attempts together.</param>
/// <param name="StepsSaved">Completed steps in the newest checkpoint; 0 when there is none.</param>
/// <param name="SinceSave">Time since the newest save ended, or since this attempt began its first step.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct SaveMoment(long StepsDone, long StepsSaved, TimeSpan SinceSave);
