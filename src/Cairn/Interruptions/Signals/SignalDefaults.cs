using System.ComponentModel;
using System.Runtime.InteropServices;
using Cairn.Posix;

namespace Cairn.Interruptions.Signals;

/// <summary>The two dispositions that need no code.</summary>
internal static unsafe class SignalDefaults
{
    /// <summary>Gives a signal that was inherited ignored its default action back, without which .NET's registration has no effect.</summary>
    public static void Restore(int signal) => Set(signal, 0, "ignored"); // SIG_DFL

    /// <summary>Ignores a signal; so does a child that is started from now on.</summary>
    public static void Ignore(int signal) => Set(signal, 1, "as it was"); // SIG_IGN

    /// <summary>Whether a signal is ignored, and nobody has made that so but who started this process.</summary>
    public static bool IsIgnored(int signal)
    {
        Libc.SigAction now;
        return Libc.ChangeAction(signal, null, &now) == 0 && now.Handler == 1; // SIG_IGN
    }

    private static void Set(int signal, nint disposition, string otherwise)
    {
        var action = new Libc.SigAction { Handler = disposition };
        if (Libc.ChangeAction(signal, &action, null) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"signal {SignalName.Of(signal)} stays {otherwise}");
    }
}
