using System.Runtime.InteropServices;
using Cairn.Interruptions.Signals;
using Cairn.Posix;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary>
/// Signals to srun itself, as 22.05 was seen to take them: USR1 and USR2 go on to the tasks; HUP, QUIT and TERM kill them at once; INT is
/// swallowed, unless a second comes within a second.
/// </summary>
internal sealed class StepSignals : IDisposable
{
    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);

    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly StepTasks _tasks;
    private readonly string _step;
    private readonly TimeProvider _time;
    private long? _interrupted;

    public StepSignals(StepTasks tasks, string step, TimeProvider time)
    {
        (_tasks, _step, _time) = (tasks, step, time);
        // Behind an & of a script both are ignored; srun hears them nevertheless.
        SignalDefaults.Restore(SignalName.Int);
        SignalDefaults.Restore(SignalName.Quit);
        On(SignalName.Usr1, () => _tasks.Send(SignalName.Usr1));
        On(SignalName.Usr2, () => _tasks.Send(SignalName.Usr2));
        On(SignalName.Alrm, () => { });
        On(SignalName.Hup, Force);
        On(SignalName.Term, Force);
        On(SignalName.Quit, Force);
        On(SignalName.Int, Interrupt);
    }

    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    private void Interrupt()
    {
        if (_interrupted is not { } before || _time.GetElapsedTime(before) > Again)
        {
            _interrupted = _time.GetTimestamp();
            Srun.Say("interrupt (one more within 1 sec to abort)");
            return;
        }

        Srun.Say($"sending Ctrl-C to StepId={_step}");
        _tasks.Send(SignalName.Int);
        Force();
    }

    private void Force()
    {
        Srun.Say("forcing job termination");
        _tasks.Send(SignalName.Kill);
    }

    private void On(int signal, Action act) => _registrations.Add(PosixSignalRegistration.Create((PosixSignal)signal, context =>
    {
        context.Cancel = true;
        act();
    }));
}
