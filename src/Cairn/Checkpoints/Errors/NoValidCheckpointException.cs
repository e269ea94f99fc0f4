namespace Cairn;

/// <summary>There are checkpoints, but none can be used. Cairn never starts from zero in that case without being told.</summary>
public sealed class NoValidCheckpointException : CairnException
{
    internal NoValidCheckpointException(string directory, IReadOnlyList<SkippedCheckpoint> skipped, bool stateTouched)
        : this(directory, skipped, stateTouched, Describe(directory, skipped, stateTouched))
    {
    }

    private NoValidCheckpointException(string directory, IReadOnlyList<SkippedCheckpoint> skipped, bool stateTouched, string message)
        : base(message, ExitCodes.NeverRequeue)
    {
        Directory = directory;
        Skipped = skipped;
        StateTouched = stateTouched;
    }

    /// <summary>None can be opened without a run.</summary>
    internal static NoValidCheckpointException ToOpen(string directory, IReadOnlyList<SkippedCheckpoint> skipped) =>
        new(directory, skipped, stateTouched: false, skipped.Count == 0 ? NothingIn(directory) : Describe(directory, skipped, stateTouched: false));

    /// <summary>Where there is none at all: a folder that is missing is mostly a wrong path.</summary>
    internal static string NothingIn(string directory) =>
        System.IO.Directory.Exists(directory) ? $"there is no checkpoint in {directory}" : $"there is no folder {Path.GetFullPath(directory)}, so no checkpoint either: check the path";

    /// <summary>The directory that was looked through.</summary>
    public string Directory { get; }

    /// <summary>Every checkpoint there, the newest first, with the reason why it was not used.</summary>
    public IReadOnlyList<SkippedCheckpoint> Skipped { get; }

    /// <summary>Whether one was partly loaded before it was found to be broken; then the state in memory is not to be trained on.</summary>
    public bool StateTouched { get; }

    private static string Describe(string directory, IReadOnlyList<SkippedCheckpoint> skipped, bool stateTouched) =>
        skipped.Count == 0 ? $"the journals in {directory} say that the run is finished, but no checkpoint is there any more, so its state cannot be loaded. Bring one back from a backup; to train anew remove the folder or give another one."
        : $"none of the {skipped.Count} checkpoints in {directory} can be used.{(stateTouched ? " One was partly loaded, so this state can't be trained on." : "")}"
        + string.Concat(skipped.Select(one => $"{Environment.NewLine}  {one.Path}: {one.Reason}"))
        + $"{Environment.NewLine}Bring one back from a backup, or do what is said of one of them; to start anew move them away or give another checkpoint directory.";
}
