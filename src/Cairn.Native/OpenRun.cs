namespace Cairn.Native;

/// <summary>A run that the host has open, and where its loop is.</summary>
internal sealed class OpenRun(TrainingRun run)
{
    public static readonly Numbered<OpenRun> All = new("this is no run, or one that was closed");

    public TrainingRun Run => run;

    public StepSequence.Enumerator? Steps { get; set; }
}
