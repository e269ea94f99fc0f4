using Cairn.Interruptions.Signals;

namespace Cairn.Cli.Wrapper;

/// <summary>
/// Brings the warning to the program: at once where it listens, else as soon as it does. Signals that are sent before would kill
/// it, or be lost.
/// </summary>
internal sealed class WarningDelivery(WrappedProgram program, int signal, TimeProvider time)
{
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(1);

    // Slurm sends its signals in twos, and on linuxproc to the program as well.
    private static readonly TimeSpan Same = TimeSpan.FromSeconds(3);

    private TimeSpan _look = FirstLook;
    private long? _deliveredOn;

    /// <summary>It waits for the program to listen.</summary>
    public bool IsPending { get; private set; }

    /// <summary>The program has had it.</summary>
    public bool WasDelivered => _deliveredOn is not null;

    /// <summary>The program has it, or gets it.</summary>
    public bool IsUnderWay => IsPending || WasDelivered;

    /// <summary>When to look again whether the program listens.</summary>
    public TimeSpan NextLook => _look;

    /// <summary>Sends the warning, or keeps it. Once more only when the last one is a while ago.</summary>
    /// <returns>Whether it was sent.</returns>
    public bool Request()
    {
        if (IsPending || (_deliveredOn is { } on && time.GetElapsedTime(on) < Same))
            return false;
        IsPending = true;
        return Look();
    }

    /// <summary>Sends it if it waits and the program listens by now.</summary>
    /// <returns>Whether it was sent.</returns>
    public bool Look()
    {
        if (!IsPending)
            return false;
        if (program.Signals is not { } state || !state.IsHeard(signal))
        {
            _look = _look * 1.5 < LongestLook ? _look * 1.5 : LongestLook;
            return false;
        }

        IsPending = false;
        _deliveredOn = time.GetTimestamp();
        return program.Send(signal);
    }

    /// <summary>Whether TERM is to reach the program as it is: nothing else would, and it would end by it without a wrapper, too.</summary>
    public bool NeedsTerm => IsPending && program.Signals is { } state && !state.IsIgnored(SignalName.Term);
}
