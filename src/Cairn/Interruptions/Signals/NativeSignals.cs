using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using Cairn.Posix;

namespace Cairn.Interruptions.Signals;

/// <summary>
/// Signals without the thread pool: one thread, for the life of the process, reads what the machine-code handler writes, and
/// what a signalfd gives for signals that were inherited blocked (they stay blocked: none is ever lost).
/// </summary>
/// <remarks>
/// Pipe, handler and thread are never torn down: a handler may run on some thread at the very moment of a tear-down, and a
/// file descriptor that is closed under it may be another file's a moment later.
/// </remarks>
internal sealed unsafe class NativeSignals
{
    private const int RecordSize = 128; // both siginfo_t and signalfd_siginfo
    private static readonly Lazy<NativeSignals> Source = new(() => new NativeSignals());

    private readonly Lock gate = new();
    private readonly List<(int Signal, Action<SignalArrival> Handler)> subscribers = [];
    private readonly Dictionary<int, Libc.SigAction> replaced = [];
    private readonly nint? handler;
    private readonly int pipeIn;
    private readonly int pipeOut;
    private int signalFd = -1;
    private ulong signalFdMask;

    private NativeSignals()
    {
        var fds = stackalloc int[2];
        if (Libc.Pipe(fds, Libc.NonBlocking | Libc.CloseOnExec) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "no pipe for signals");
        (pipeOut, pipeIn) = (fds[0], fds[1]);
        handler = HandlerCode.Create(pipeIn);
        new Thread(Listen) { IsBackground = true, Name = "cairn signals" }.Start();
    }

    public static NativeSignals Instance => Source.Value;

    /// <summary>Whether the machine-code handler can be had here; blocked signals need none.</summary>
    public bool HasHandler => handler is not null;

    /// <summary>
    /// Listens to a signal however it was inherited: blocked, ignored or neither. With the machine-code handler an ignored one is never at its default, which might
    /// end the process, and is ignored again afterwards; without it, it is at its default for an instant before, and from then on.
    /// </summary>
    /// <param name="signal">Its number.</param>
    /// <param name="inherited">What the process began with.</param>
    /// <param name="act">Called by a thread that must not be held up.</param>
    public static IDisposable Listen(int signal, SignalState inherited, Action<SignalArrival> act)
    {
        if (inherited.IsBlocked(signal))
            return Instance.Read(signal, act);
        if (Instance.HasHandler)
            return Instance.Handle(signal, act);
        if (SignalDefaults.IsIgnored(signal))
            SignalDefaults.Restore(signal); // .NET's registration would have no effect
        return PosixSignalRegistration.Create((PosixSignal)signal, context =>
        {
            context.Cancel = true;
            const int somebody = -1; // who sent it is not told here
            act(new(signal, somebody, 0));
        });
    }

    /// <summary>Listens to a signal that is not blocked.</summary>
    public IDisposable Handle(int signal, Action<SignalArrival> act)
    {
        lock (gate)
        {
            Libc.SigAction old;
            var action = new Libc.SigAction { Handler = handler!.Value, Flags = Libc.SigInfo | Libc.Restart | Libc.OnStack };
            if (Libc.ChangeAction(signal, &action, &old) != 0)
                throw new Win32Exception(Marshal.GetLastPInvokeError(), $"no handler for signal {SignalName.Of(signal)}");
            if (old.Handler != action.Handler)
                replaced[signal] = old;

            subscribers.Add((signal, act));
        }

        return new Subscription(this, signal, act);
    }

    /// <summary>Listens to a signal that every thread blocks.</summary>
    public IDisposable Read(int signal, Action<SignalArrival> act)
    {
        lock (gate)
        {
            signalFdMask |= 1UL << (signal - 1);
            UpdateSignalFd();
            subscribers.Add((signal, act));
        }

        Wake();
        return new Subscription(this, signal, act);
    }

    private void UpdateSignalFd()
    {
        var mask = stackalloc ulong[16]; // sigset_t of the C library: 1024 bits
        mask[0] = signalFdMask;
        var fd = Libc.SignalFd(signalFd, mask, Libc.NonBlocking | Libc.CloseOnExec);
        if (fd < 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), "no signalfd");
        signalFd = fd;
    }

    private void Unsubscribe(int signal, Action<SignalArrival> act)
    {
        lock (gate)
        {
            subscribers.Remove((signal, act));
            if (subscribers.Exists(one => one.Signal == signal))
                return;
            if (replaced.TryGetValue(signal, out var old))
            {
                // The default action stays replaced: a warning that comes when its run has finished and the program is about to
                // exit would kill it, and Slurm take a finished job for a failed one.
                if (old.Handler == Libc.DefaultAction)
                    return;
                replaced.Remove(signal);
                Libc.SigAction now;
                if (Libc.ChangeAction(signal, null, &now) == 0 && now.Handler == handler) // or the program has made one of its own meanwhile
                    _ = Libc.ChangeAction(signal, &old, null); // it was this process's own action: it cannot be refused
            }
            else if (signalFd >= 0)
            {
                signalFdMask &= ~(1UL << (signal - 1));
                UpdateSignalFd();
            }
        }
    }

    // A record of signal 0 makes the thread look at its files anew.
    private void Wake()
    {
        var nothing = stackalloc byte[RecordSize];
        new Span<byte>(nothing, RecordSize).Clear();
        _ = Libc.Write(pipeIn, nothing, RecordSize); // a full pipe wakes the thread as well
    }

    private void Listen()
    {
        var record = stackalloc byte[RecordSize];
        var files = stackalloc Libc.PollFd[2];
        while (true)
        {
            files[0] = new Libc.PollFd { Fd = pipeOut, Events = Libc.PollIn };
            files[1] = new Libc.PollFd { Fd = Volatile.Read(ref signalFd), Events = Libc.PollIn }; // -1 is skipped by poll
            if (Libc.Poll(files, 2, -1) < 0)
                continue; // EINTR
            var bytes = new ReadOnlySpan<byte>(record, RecordSize);
            while (Libc.Read(pipeOut, record, RecordSize) == RecordSize)
                Deliver(new SignalArrival(Int(bytes, 0), Int(bytes, 16), Int(bytes, 20), Int(bytes, 8))); // siginfo_t
            while (files[1].Fd >= 0 && Libc.Read(files[1].Fd, record, RecordSize) == RecordSize)
                Deliver(new SignalArrival(Int(bytes, 0), Int(bytes, 12), Int(bytes, 16), Int(bytes, 8))); // signalfd_siginfo
        }
    }

    private static int Int(ReadOnlySpan<byte> record, int offset) => BinaryPrimitives.ReadInt32LittleEndian(record[offset..]);

    private void Deliver(SignalArrival arrival)
    {
        Action<SignalArrival>[] interested;
        lock (gate)
            interested = [.. subscribers.Where(one => one.Signal == arrival.Signal).Select(one => one.Handler)];
        foreach (var act in interested)
            act(arrival);
    }

    private sealed class Subscription(NativeSignals signals, int signal, Action<SignalArrival> act) : IDisposable
    {
        private int disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref disposed, 1) == 0)
                signals.Unsubscribe(signal, act);
        }
    }
}
