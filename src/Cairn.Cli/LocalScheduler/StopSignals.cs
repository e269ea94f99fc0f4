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
/// Turns signals to this process into requests: INT, TERM, HUP and QUIT, so that it never leaves its job behind; USR1 preempts the job. Whatever of
/// them was inherited blocked is heard, and TERM and USR1 where they were ignored; the others stay so, as for whatever a shell starts in the background or under nohup.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    // What sends a signal to a process and at once to its group, as timeout(1) does, means it once. Who presses Ctrl-C twice means it.
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(500);

    private readonly List<IDisposable> _registrations = [];
    private readonly SignalState _inherited = SignalState.Read();
    private readonly Lock _gate = new();
    private long? _first;

    public StopSignals(Action<StopRequest> stop, Action preempt, TimeProvider time)
    {
        On(SignalName.Usr1, preempt);
        Add(SignalName.Int, "Ctrl-C", JobOutcome.InterruptedCode);
        Add(SignalName.Term, "TERM", JobOutcome.CancelledCode);
        Add(SignalName.Hup, "HUP", 128 + SignalName.Hup);
        Add(SignalName.Quit, "QUIT", 128 + SignalName.Quit);

        void Add(int signal, string name, int exitCode) => On(signal, () =>
        {
            bool again;
            lock (_gate)
            {
                again = _first is not null;
                if (again && signal != SignalName.Int && time.GetElapsedTime(_first!.Value) < AtOnce)
                    return;
                _first ??= time.GetTimestamp();
            }

            stop(new(name, exitCode, again));
        });
    }

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private void On(int signal, Action act) => _registrations.Add(
        _inherited.IsBlocked(signal) || (_inherited.IsIgnored(signal) && signal is SignalName.Term or SignalName.Usr1)
            ? NativeSignals.Listen(signal, _inherited, _ => act())
            : PosixSignalRegistration.Create((PosixSignal)signal, context =>
            {
                context.Cancel = true;
                act();
            }));
}
