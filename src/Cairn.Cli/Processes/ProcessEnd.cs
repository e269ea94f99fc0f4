using System.Globalization;
using System.Runtime.InteropServices;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Processes;

/// <summary>How a process ended: by an exit code, or by a signal (then <see cref="Signal"/> is not 0).</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct ProcessEnd(int Code, int Signal)
{
    public static ProcessEnd Exited(int code) => new(code, 0);

    public static ProcessEnd Killed(int signal) => new(0, signal);

    /// <summary>As a shell counts it: the exit code, or 128 and the signal.</summary>
    public int ShellCode => Signal == 0 ? Code : 128 + Signal;

    public override string ToString() =>
        Signal == 0 ? Code.ToString(CultureInfo.InvariantCulture) : $"SIG{SlurmSignals.Format(Signal)}";
}
