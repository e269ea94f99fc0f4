using System.Runtime.InteropServices;
using Cairn.Interruptions.Signals;
using Cairn.Posix;
using Microsoft.Extensions.Logging;

namespace Cairn.Interruptions;

/// <summary>Listens to signals and looks for the stop file; what it hears only sets a flag. The loop looks at it at its boundaries.</summary>
internal sealed class InterruptionListener : IDisposable
{
    private static readonly TimeSpan StopFileInterval = TimeSpan.FromSeconds(1);

    // Registrations are rooted here: the finalizer of one restores the default action, and the next signal would kill.
    private static readonly HashSet<InterruptionListener> Alive = [];

    // What runs of this process that have ended have heard: a signal is for the process, not for one run.
    private static readonly List<Interruption> HeardBefore = [];

    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private readonly List<IDisposable> registrations = [];
    private readonly List<string> findings = [];
    private readonly List<string> delivery = [];
    private readonly List<Interruption> arrived = [];
    private readonly List<Interruption> signals = [];
    private readonly ManualResetEventSlim ended = new();
    private Action<Interruption>? act;
    private Action<Interruption>? actAgain;
    private volatile bool requested;
    private int interrupts;

    private InterruptionListener(TimeProvider time) => this.time = time;

    /// <summary>Whether something wants the run to stop. One volatile read.</summary>
    public bool Requested => requested;

    /// <summary>Everything that came, in its order; one of a kind.</summary>
    public IReadOnlyList<Interruption> Received
    {
        get
        {
            lock (gate)
                return [.. arrived];
        }
    }

    /// <summary>What was wrong with the inherited signals: repaired, or not to be heard. One sentence each.</summary>
    public IReadOnlyList<string> StartupFindings => findings;

    /// <summary>Who delivers which signal, in a few words for the start line.</summary>
    public string Delivery => "listens to " + string.Join(", ", delivery);

    /// <summary>Starts to listen to TERM, INT and what else is named.</summary>
    /// <param name="warningSignals">Warning signals by name or number; null to listen to none at all, TERM and INT neither: somebody else does (<see cref="Hear"/>).</param>
    /// <param name="stopFile">A file whose existence is an interruption.</param>
    /// <param name="time">The clock.</param>
    /// <param name="wrapped">A wrapper around the program starts it with its warning ignored, and hands on what came before: nothing to report.</param>
    /// <exception cref="ArgumentException">A warning signal is none.</exception>
    public static InterruptionListener Start(IReadOnlyList<string>? warningSignals, string stopFile, TimeProvider time, bool wrapped)
    {
        var warnings = warningSignals?.Select(SignalName.ParseWarning).Distinct().ToList();
        var listener = new InterruptionListener(time);
        try
        {
            if (warnings is null)
                listener.delivery.Add("the signals that the program around it passes on");
            else
                listener.ListenToSignals(warnings, wrapped);
            new Thread(() => listener.LookForStopFile(stopFile)) { IsBackground = true, Name = "cairn stop file" }.Start();
        }
        catch
        {
            listener.Dispose();
            throw;
        }

        lock (Alive)
        {
            Alive.Add(listener);
            foreach (var heard in HeardBefore)
                listener.Raise(heard);
        }

        return listener;
    }

    /// <summary>The run has ended, and its process goes on: what is opened next begins with the signals that it has heard.</summary>
    public void Bequeath()
    {
        lock (Alive)
        {
            lock (gate)
                HeardBefore.AddRange(signals.Where(one => !HeardBefore.Exists(other => other.Kind == one.Kind)));
        }
    }

    /// <summary>Calls back for everything that has come and will come, on the thread that hears it.</summary>
    /// <param name="callback">Must return soon: nothing is heard meanwhile. What it throws is told and goes no further.</param>
    /// <param name="again">The same, for a signal of a kind that had come before.</param>
    public void OnArrival(Action<Interruption> callback, Action<Interruption> again)
    {
        IReadOnlyList<Interruption> before;
        lock (gate)
        {
            act = callback;
            actAgain = again;
            before = [.. arrived];
        }

        foreach (var interruption in before)
            Tell(callback, interruption);
    }

    /// <summary>
    /// Notes an interruption. Of one of a kind that has come already only the moment is noted, and only of a signal: a second
    /// TERM may mean something else than the first.
    /// </summary>
    public void Raise(Interruption interruption)
    {
        Action<Interruption>? callback;
        interruption = interruption with { Heard = time.GetTimestamp() };
        lock (gate)
        {
            var before = arrived.FindIndex(one => one.Kind == interruption.Kind);
            if (before >= 0 && interruption.Signal is null)
                return;
            if (before >= 0)
                arrived[before] = arrived[before] with { Heard = interruption.Heard };
            else
                arrived.Add(interruption);
            requested = true;
            callback = before >= 0 ? actAgain : act;
        }

        // Not under the lock: it takes other locks, and asks back.
        if (callback is not null)
            Tell(callback, interruption);
    }

    /// <summary>Notes a signal that somebody else has heard for this process.</summary>
    public void Hear(int signal)
    {
        var name = SignalName.Of(signal);
        RaiseSignal(signal == SignalName.Term ? InterruptionKind.Terminate : signal == SignalName.Int ? InterruptionKind.Interrupt : InterruptionKind.Warning, name, name);
    }

    // The flag is set in any case; a user's logger that throws must not end the thread that hears the signals, or the process.
    private static void Tell(Action<Interruption> callback, Interruption interruption)
    {
        try
        {
            callback(interruption);
        }
        catch (Exception error)
        {
            new GuardedLogger(new ConsoleLogger()).LogError(LogEvents.InterruptionNotTold, "{Interruption} was heard, but could not be told of: {Error}", interruption.Description, error.Message);
        }
    }

    public void Dispose()
    {
        lock (Alive)
            Alive.Remove(this);
        lock (gate)
            act = actAgain = null;
        ended.Set();
        foreach (var registration in registrations)
            registration.Dispose();
        registrations.Clear();
    }

    private void ListenToSignals(List<int> warnings, bool wrapped)
    {
        var inherited = SignalState.Read();
        foreach (var signal in warnings)
            ListenToWarning(signal, inherited, wrapped);
        ListenToEnd(SignalName.Term, PosixSignal.SIGTERM, InterruptionKind.Terminate, inherited);
        ListenToEnd(SignalName.Int, PosixSignal.SIGINT, InterruptionKind.Interrupt, inherited);
    }

    private void ListenToWarning(int signal, SignalState inherited, bool wrapped)
    {
        var name = SignalName.Of(signal);
        if (inherited.IsBlocked(signal))
        {
            delivery.Add($"{name} (blocked by the parent, read from a signalfd)");
        }
        else if (NativeSignals.Instance.HasHandler)
        {
            delivery.Add(name);
        }
        else
        {
            delivery.Add($"{name} (by the thread pool)");
            findings.Add($"{name} is delivered by the thread pool on this system: it may come late while the pool is busy");
        }

        registrations.Add(NativeSignals.Listen(signal, inherited, arrival => Raise(InterruptionKind.Warning, arrival)));
        if (inherited.IsIgnored(signal) && !wrapped)
            FindIgnored(name);
    }

    private void FindIgnored(string name) =>
        findings.Add($"{name} was ignored when this run was opened (trap '' {name} in the script?); it is heard while the run is open, but what came before is lost");

    // TERM and INT by .NET: it delivers them on a thread of their own, and the program's own handlers go on working beside.
    private void ListenToEnd(int signal, PosixSignal posix, InterruptionKind kind, SignalState inherited)
    {
        var name = SignalName.Of(signal);
        if (inherited.IsBlocked(signal))
        {
            delivery.Add($"{name} (blocked by the parent, read from a signalfd)");
            registrations.Add(NativeSignals.Instance.Read(signal, arrival => Raise(kind, arrival)));
            return;
        }

        if (inherited.IsIgnored(signal) && kind == InterruptionKind.Interrupt)
            return; // a shell's `program &` ignores INT on purpose: the keyboard is not for it

        delivery.Add(name);
        if (inherited.IsIgnored(signal))
        {
            // .NET's registration would leave it ignored. Its runtime has taken an ignored TERM over before this; native code has none.
            FindIgnored(name);
            registrations.Add(NativeSignals.Listen(signal, inherited, arrival => Raise(kind, arrival)));
            return;
        }

        registrations.Add(PosixSignalRegistration.Create(posix, context =>
        {
            // The second Ctrl-C leaves at once: the default action follows.
            context.Cancel = kind != InterruptionKind.Interrupt || Interlocked.Increment(ref interrupts) == 1;
            RaiseSignal(kind, name, kind == InterruptionKind.Interrupt ? "INT (press Ctrl-C again to leave without saving)" : name);
        }));
    }

    private void Raise(InterruptionKind kind, SignalArrival arrival) => RaiseSignal(kind, SignalName.Of(arrival.Signal), arrival.ToString());

    private void RaiseSignal(InterruptionKind kind, string name, string description)
    {
        var interruption = new Interruption(kind, time.GetUtcNow(), description, name);
        lock (gate)
            signals.Add(interruption);
        Raise(interruption);
    }

    // A thread of its own: a timer would come by the thread pool, which may be busy.
    private void LookForStopFile(string file)
    {
        do
        {
            if (!File.Exists(file))
                continue;
            Raise(new Interruption(InterruptionKind.StopFile, time.GetUtcNow(), $"the stop file {file} is there (remove it to go on)", null));
            return;
        }
        while (!ended.Wait(StopFileInterval));
    }
}
