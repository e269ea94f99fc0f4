namespace Cairn.Runs;

/// <summary>
/// How the last seconds before a job's end are shared out. Each of them is a share of the whole window when that is short (the
/// time between TERM and KILL may be ten seconds), so that every party gets something.
/// </summary>
/// <param name="window">The wall time, or the time between TERM and KILL; null when it is unknown.</param>
internal readonly struct LastSeconds(TimeSpan? window)
{
    /// <summary>From here on a step that still goes on is told that the end is near.</summary>
    public TimeSpan Notice => Share(10, 3);

    /// <summary>Here what has not come to a boundary is ended by force: enough for Slurm's answers to a question and a requeue.</summary>
    public TimeSpan Force => Share(6, 4);

    /// <summary>Here a save that is waited for is given up, for the requeue's sake.</summary>
    public TimeSpan GiveUpSave => Share(3, 8);

    /// <summary>Here a run that hangs in its own last save is ended by force.</summary>
    public TimeSpan ForceSave => Share(2, 12);

    private TimeSpan Share(int seconds, int part)
    {
        var most = TimeSpan.FromSeconds(seconds);
        return window is { } whole && whole / part < most ? whole / part : most;
    }
}
