using System.Runtime.InteropServices;

namespace Cairn.Interruptions.Signals;

/// <summary>A signal and who sent it.</summary>
/// <param name="Signal">Its number.</param>
/// <param name="Pid">The sender's process id; 0 for the kernel.</param>
/// <param name="Uid">The sender's user.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct SignalArrival(int Signal, int Pid, int Uid)
{
    public override string ToString() => $"{SignalName.Of(Signal)} from pid {Pid} (uid {Uid})";
}
