using System.Runtime.InteropServices;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Interruptions.Signals;
using Cairn.Posix;

namespace Cairn.Cli.LocalScheduler;

/// <summary>Somebody wants <c>cairn local</c> itself to end.</summary>
/// <param name="Name">Of the signal.</param>
/// <param name="ExitCode">To end with.</param>
/// <param name="AtOnce">It is not the first time.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StopRequest(string Name, int ExitCode, bool AtOnce);

/// <summary>
/// Turns signals to this process into requests: INT, TERM, HUP and QUIT, so that it never leaves its job behind; USR1 preempts the job. TERM and USR1 also
/// where they were inherited ignored; the others stay so, as for whatever a shell starts in the background or under nohup.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private readonly List<PosixSignalRegistration> _registrations = [];
    private int _count;

    public StopSignals(Action<StopRequest> stop, Action preempt)
    {
        SignalDefaults.Restore(SignalName.Usr1);
        SignalDefaults.Restore(SignalName.Term);
        _registrations.Add(PosixSignalRegistration.Create((PosixSignal)SignalName.Usr1, context =>
        {
            context.Cancel = true;
            preempt();
        }));
        Add(PosixSignal.SIGINT, "Ctrl-C", JobOutcome.InterruptedCode);
        Add(PosixSignal.SIGTERM, "TERM", JobOutcome.CancelledCode);
        Add(PosixSignal.SIGHUP, "HUP", 128 + SignalName.Hup);
        Add(PosixSignal.SIGQUIT, "QUIT", 128 + SignalName.Quit);

        void Add(PosixSignal signal, string name, int exitCode) => _registrations.Add(PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop(new(name, exitCode, Interlocked.Increment(ref _count) > 1));
        }));
    }

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());
}
