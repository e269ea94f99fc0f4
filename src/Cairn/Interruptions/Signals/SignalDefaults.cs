using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Cairn.Interruptions.Signals;

/// <summary>Gives a signal that was inherited ignored its default action back, without which .NET's registration has no effect.</summary>
internal static unsafe class SignalDefaults
{
    public static void Restore(int signal)
    {
        var action = default(Libc.SigAction); // SIG_DFL is 0
        if (Libc.ChangeAction(signal, &action, null) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"signal {SignalName.Of(signal)} stays ignored");
    }
}
