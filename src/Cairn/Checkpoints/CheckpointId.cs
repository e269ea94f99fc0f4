using System.Runtime.InteropServices;

namespace Cairn.Checkpoints;

/// <summary>Which checkpoint: two attempts may have written the same step.</summary>
/// <param name="Step">How many steps were completed.</param>
/// <param name="Attempt">The attempt that wrote it.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct CheckpointId(long Step, int Attempt);
