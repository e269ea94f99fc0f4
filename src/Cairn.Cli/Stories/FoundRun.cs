using Cairn.Checkpoints;
using Cairn.Cli.Inspection;

namespace Cairn.Cli.Stories;

/// <summary>A run that was found: by its folder, by its job in the queue, or both.</summary>
/// <param name="Folder">Its folder; null where none is known.</param>
/// <param name="Queued">Its job; null where it is not in the queue.</param>
internal sealed record FoundRun(string? Folder, QueuedJob? Queued)
{
    // That of now, the one before, whose end is told, and what they went on from.
    private const int Attempts = 4;

    /// <summary>How it stands.</summary>
    public RunStatus Look(DateTimeOffset now) => Folder is null
        ? RunStatus.Of(new("", []), Queued, FolderState.Nothing, now)
        : RunStatus.Of(RunStory.ReadNewest(Folder, Attempts, now), Queued, StateOf(Folder), now);

    private static FolderState StateOf(string folder)
    {
        var (step, path) = ((long?)null, (string?)null);
        foreach (var name in FolderContents.Names(folder))
        {
            if (CheckpointNames.StepOf(name) is { } found && !(found <= step))
                (step, path) = (found, Path.Combine(folder, name));
        }

        return new(step, path is null ? null : FolderContents.Changed(path), Doctor.Facts.FolderProbe.FreeBytes(folder));
    }
}
