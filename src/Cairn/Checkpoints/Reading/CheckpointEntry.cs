using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Records;

namespace Cairn.Checkpoints;

/// <summary>A directory that has a checkpoint's name. Whether it is a good one is known after reading it.</summary>
/// <param name="Step">The step that its name says.</param>
/// <param name="Path">The directory.</param>
internal sealed record CheckpointEntry(long Step, string Path)
{
    /// <summary>Reads the commit record and checks it by itself.</summary>
    /// <exception cref="CheckpointCorruptException">It is not there, or cannot be believed.</exception>
    /// <exception cref="CheckpointReadException">It cannot be read just now.</exception>
    public CommitRecord ReadRecord()
    {
        using var checkpoint = OpenCheckpoint.Open(this);
        return checkpoint.Record;
    }

    /// <summary>Reads every byte of the checkpoint and lists all that is wrong; nothing when it is good.</summary>
    /// <exception cref="CheckpointReadException">It cannot be read just now.</exception>
    public IReadOnlyList<CheckpointFault> Verify()
    {
        try
        {
            using var checkpoint = OpenCheckpoint.Open(this);
            return checkpoint.FindFaults();
        }
        catch (CheckpointCorruptException e)
        {
            return [new CheckpointFault(e.File, e.Problem)];
        }
    }
}
