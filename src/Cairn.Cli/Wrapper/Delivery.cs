using Cairn.Cli.Processes;
using Cairn.Interruptions.Signals;
using Cairn.Posix;

namespace Cairn.Cli.Wrapper;

/// <summary>
/// The core: it brings signals to the program, whatever else stalls. It waits for nothing but what is to be delivered: it reads and
/// writes no file, asks nobody, says nothing and starts no thread. What it has heard and done it tells the worker, which may be slow.
/// </summary>
/// <remarks>
/// A warning goes to the program at once where that listens, else as soon as it does: sent before, it would kill the program, or be lost.
/// Whether it listens stands in /proc, which is read aside; where that does not answer the warning is sent without.
/// </remarks>
internal sealed class Delivery
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestReading = TimeSpan.FromSeconds(2);

    // Slurm sends its signals in twos, and on linuxproc to the program as well.
    private static readonly TimeSpan Same = TimeSpan.FromSeconds(3);

    private readonly int _warning;
    private readonly int _warnWith;
    private readonly Aside _aside;
    private readonly TimeProvider _time;
    private readonly Inbox _inbox = new();
    private WrappedProgram _program = null!;
    private IWorker _worker = null!;
    private ForcedEnd? _forced;
    private int? _code;

    private bool _isPending;
    private bool _owesTerm;
    private bool _isReading;
    private long _readingSince;
    private TimeSpan _look;
    private long? _deliveredOn;
    private volatile bool _wasWarned;
    private volatile bool _hasSentTerm;

    /// <param name="warning">The signal that comes as the warning.</param>
    /// <param name="warnWith">The signal that warns the program.</param>
    /// <param name="aside">Reads /proc.</param>
    /// <param name="time">The clock.</param>
    public Delivery(int warning, int warnWith, Aside aside, TimeProvider time) => (_warning, _warnWith, _aside, _time) = (warning, warnWith, aside, time);

    /// <summary>The program has had the warning.</summary>
    public bool WasWarned => _wasWarned;

    /// <summary>The program was sent TERM, or KILL.</summary>
    public bool HasSentTerm => _hasSentTerm;

    /// <summary>A signal has come. From any thread, also before the program runs.</summary>
    public void Hear(SignalArrival arrival)
    {
        var (at, on) = (_time.GetUtcNow(), _time.GetTimestamp());
        _inbox.Post(() => Heard(arrival, at, on));
    }

    /// <summary>The program has ended. From any thread.</summary>
    public void HearEnd(ProcessEnd end) => _inbox.Post(() => _worker.ProgramEnded(end));

    /// <summary>The program is to be warned. From any thread.</summary>
    public void Warn(Interruption? because) => _inbox.Post(() => Ask(because));

    /// <summary>The program is to be ended if it does not stop by itself. From any thread.</summary>
    public void End(TimeSpan lead, TimeSpan killWait) => _inbox.Post(() => _forced ??= new(lead, killWait, _time));

    /// <summary>All is over. From any thread.</summary>
    public void Leave(int code) => _inbox.Post(() => _code = code);

    /// <summary>Delivers until <see cref="Leave"/>, and returns its code.</summary>
    public int Run(WrappedProgram program, IWorker worker)
    {
        (_program, _worker) = (program, worker);
        while (_code is null)
        {
            _inbox.Take(NextMove())?.Invoke();
            TimePasses();
        }

        return _code.Value;
    }

    private TimeSpan NextMove()
    {
        var wait = _forced?.Left is { } left && left < Idle ? left : Idle;
        if (!_isPending)
            return wait;
        var next = (_isReading ? LongestReading : _look) - _time.GetElapsedTime(_readingSince);
        return next < wait ? next : wait;
    }

    private void Heard(SignalArrival arrival, DateTimeOffset at, long on)
    {
        if (arrival.Signal == _warning)
        {
            Ask(Interruption(InterruptionKind.Warning));
        }
        else if (arrival.Signal == SignalName.Term)
        {
            _owesTerm = true;
            Ask(Interruption(InterruptionKind.Terminate));
        }
        else
        {
            if (arrival.Signal == SignalName.Int)
                _worker.Received(Interruption(InterruptionKind.Interrupt), asks: false, isFirst: false);

            if (IsForTheProgram(arrival))
                _program.Send(arrival.Signal);
        }

        Interruption Interruption(InterruptionKind kind) => new(kind, at, arrival.ToString(), SignalName.Of(arrival.Signal)) { Heard = on };
    }

    // What the kernel sends for the terminal it has sent to the program as well, and what it sends for this process's own limits and writes is
    // not the program's; but a timer that was set before this process began is. (The sender's id says nothing: it is 0 for one outside of
    // the pid namespace, too.)
    private static bool IsForTheProgram(SignalArrival arrival) =>
        arrival.Pid != Environment.ProcessId && (arrival.Code <= 0 || arrival.Signal is SignalName.Alrm or SignalName.VtAlrm or SignalName.Prof);

    // Something asks the program to stop. Once more it is warned only when the last warning is a while ago.
    private void Ask(Interruption? because)
    {
        if (because is not null)
            _worker.Received(because, asks: true, isFirst: !_isPending && !_wasWarned);
        if (!_isPending && _deliveredOn is { } on && _time.GetElapsedTime(on) < Same)
        {
            _owesTerm = false;
            return;
        }

        if (!_isPending)
            _look = FirstLook;
        _isPending = true;
        Read();
    }

    private void Read()
    {
        if (_isReading)
            return;
        _isReading = true;
        _readingSince = _time.GetTimestamp();
        _aside.Begin(() =>
        {
            var state = _program.Signals;
            _inbox.Post(() => Looked(state));
        });
    }

    private void Looked(SignalState? state)
    {
        _isReading = false;
        if (!_isPending || state is null)
            return;
        if (state.IsHeard(_warnWith))
        {
            Deliver();
            return;
        }

        // Nothing else would reach the program, and it would end by it without a wrapper, too.
        if (_owesTerm && !state.IsIgnored(SignalName.Term))
            _hasSentTerm |= _program.Send(SignalName.Term);
        _owesTerm = false;
        if (_look == FirstLook)
            _worker.NotListening();
        _look = _look * 1.5 < LongestLook ? _look * 1.5 : LongestLook;
        _readingSince = _time.GetTimestamp();
    }

    private void Deliver()
    {
        (_isPending, _owesTerm) = (false, false);
        _deliveredOn = _time.GetTimestamp();
        if (!_program.Send(_warnWith))
            return;
        _wasWarned = true;
        _worker.Warned();
    }

    private void TimePasses()
    {
        if (_isPending && _isReading && _time.GetElapsedTime(_readingSince) >= LongestReading)
        {
            _worker.DoesNotKnowWhetherItListens();
            Deliver();
        }
        else if (_isPending && !_isReading && _time.GetElapsedTime(_readingSince) >= _look)
        {
            Read();
        }

        if (_forced?.Due() is { } signal)
            _hasSentTerm |= _program.Send(signal);
    }
}
