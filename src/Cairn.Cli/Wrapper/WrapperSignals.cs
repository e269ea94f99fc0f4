using System.Runtime.InteropServices;
using Cairn.Interruptions.Signals;
using Cairn.Posix;

namespace Cairn.Cli.Wrapper;

/// <summary>Hears what is sent to the wrapper, and says how the program finds its signals.</summary>
/// <remarks>
/// The program is to find its warning ignored and not blocked, so that none kills it before it listens. A child inherits that from
/// its parent alone; so for the instant of the start the wrapper ignores it as well. A warning that comes in that instant is
/// lost, and the deadline stands in for it. What else was ignored here stays so: as without a wrapper, nobody hears it, but for TERM, by which a job's end begins.
/// </remarks>
internal sealed class WrapperSignals(int warning, int warnWith, bool programIsShell, Action<SignalArrival> heard)
{
    // All that can be heard. What means a fault of this process (ILL, BUS, FPE, SEGV), what stops it together with the program (STOP, TSTP,
    // TTIN, TTOU), KILL, the word of its own children (CHLD) and what the C library and .NET take for their threads (32 to 34) cannot be passed on.
    private static readonly int[] Passed =
    [
        .. Enumerable.Range(1, SignalName.RealTimeMax).Where(signal => signal is not (SignalName.Ill or SignalName.Bus or SignalName.Fpe or SignalName.Segv
            or SignalName.Kill or SignalName.Stop or SignalName.Tstp or SignalName.Ttin or SignalName.Ttou or SignalName.Chld or (>= 32 and <= SignalName.RealTimeMin))),
    ];

    private readonly SignalState _inherited = SignalState.Read();
    private readonly HashSet<int> _heard = [];
    private readonly List<IDisposable> _registrations = [];

    /// <summary>What the program is to find blocked, a bit a signal: what was blocked here, but for those that it must hear.</summary>
    public ulong BlockedForProgram => _inherited.Blocked & ~Bit(warning) & ~Bit(warnWith) & ~Bit(SignalName.Term);

    // A program whose warning is TERM or INT, and that does not listen to it, must still end by it.
    private bool IsIgnoredAtStart => !programIsShell && warnWith is not (SignalName.Term or SignalName.Int or SignalName.Hup or SignalName.Quit);

    /// <summary>
    /// Before the program is started. .NET's own handlers are called for first, since at their first need (a child process) they
    /// would replace these.
    /// </summary>
    public void Prepare()
    {
        _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => { }));
        var later = 0;
        if (IsIgnoredAtStart)
        {
            SignalDefaults.Ignore(warnWith);
            later = warnWith;
        }

        // .NET ignores PIPE, whatever was inherited.
        foreach (var signal in Passed.Append(warning))
        {
            if (signal != later && (signal == warning || signal == SignalName.Pipe || !_inherited.IsIgnored(signal)))
                Listen(signal);
        }
    }

    /// <summary>When the program is started: the rest.</summary>
    public void ListenToAll()
    {
        if (warnWith == warning || (Passed.Contains(warnWith) && !_inherited.IsIgnored(warnWith)))
            Listen(warnWith);

        // The program keeps ignoring it, and this process must know that its job is being ended.
        if (_inherited.IsIgnored(SignalName.Term))
            Listen(SignalName.Term);
    }

    private static ulong Bit(int signal) => 1UL << (signal - 1);

    private void Listen(int signal)
    {
        if (_heard.Add(signal))
            _registrations.Add(NativeSignals.Listen(signal, _inherited, heard));
    }
}
