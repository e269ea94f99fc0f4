namespace Cairn.Native;

/// <summary>A run that the host has open, and where its loop is.</summary>
internal sealed class OpenRun(TrainingRun run)
{
    public TrainingRun Run => run;

    public StepSequence.Enumerator? Steps { get; set; }
}

/// <summary>The runs by the numbers that the host has for them: one that it closed is an error, and no crash.</summary>
internal static class OpenRuns
{
    private static readonly Lock Gate = new();
    private static readonly Dictionary<nint, OpenRun> Open = [];
    private static nint newest;

    public static nint Add(TrainingRun run)
    {
        lock (Gate)
        {
            Open.Add(++newest, new OpenRun(run));
            return newest;
        }
    }

    /// <exception cref="ArgumentException">There is none.</exception>
    public static OpenRun Of(nint number)
    {
        lock (Gate)
            return Open.TryGetValue(number, out var run) ? run : throw new ArgumentException("this is no run, or one that was closed");
    }

    public static void Remove(nint number)
    {
        lock (Gate)
            Open.Remove(number);
    }
}
