using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Wrapper;

/// <summary>Ends a program that was warned and does not stop, where Slurm would not: TERM after the lead, then KILL.</summary>
internal sealed class ForcedEnd(WrappedProgram program, TimeSpan lead, TimeSpan killWait, TimeProvider time)
{
    private readonly long _began = time.GetTimestamp();
    private bool _termed;

    /// <summary>The program was sent one of them.</summary>
    public bool HasSent => _termed;

    /// <summary>How long until the next move.</summary>
    public TimeSpan Left => (_termed ? lead + killWait : lead) - time.GetElapsedTime(_began);

    public void Look()
    {
        if (Left > TimeSpan.Zero)
            return;
        program.Send(_termed ? SignalNames.Kill : SignalNames.Term);
        _termed = true;
    }
}
