using System.Runtime.InteropServices;

namespace Cairn.Runs;

/// <summary>How a loop has ended, as it is found behind it.</summary>
/// <param name="Phase">Where that leaves the run.</param>
/// <param name="Why">In words; empty where a boundary has ended it.</param>
/// <param name="IsOpen">No boundary has ended it, so what the program holds may be newer than what was taken.</param>
/// <param name="IsInStep">It was left in the body of a step, so nobody knows of which step the state is.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct LoopEnd(RunPhase Phase, string Why = "", bool IsOpen = false, bool IsInStep = false);
