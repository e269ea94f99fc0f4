using System.Runtime.InteropServices;
using Cairn.Posix;

namespace Cairn.Interruptions.Signals;

/// <summary>A signal and who sent it.</summary>
/// <param name="Signal">Its number.</param>
/// <param name="Pid">The sender's process id; 0 for the kernel, and for a sender outside of this pid namespace; below 0 where it is not told.</param>
/// <param name="Uid">The sender's user.</param>
/// <param name="Code">How it came (si_code): above 0 the kernel's own, a terminal's for one.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SignalArrival(int Signal, int Pid, int Uid, int Code = 0)
{
    public override string ToString() => Pid < 0 ? SignalName.Of(Signal) : $"{SignalName.Of(Signal)} from pid {Pid} (uid {Uid})";
}
