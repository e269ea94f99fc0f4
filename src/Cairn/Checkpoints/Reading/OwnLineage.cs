using Cairn.Checkpoints.Records;

namespace Cairn.Checkpoints.Reading;

/// <summary>Which checkpoints of a directory are of the line of training that this process goes on with.</summary>
/// <param name="directory">The directory.</param>
/// <param name="resumedFrom">The step from which an attempt went on; null when nothing is known of that.</param>
internal sealed class OwnLineage(string directory, Func<int, long?> resumedFrom)
{
    private HashSet<CheckpointId>? passedOver;
    private (bool IsKnown, long? Step) restored;

    /// <summary>The step of the checkpoint that this process began with; null when it began with none, or has not begun.</summary>
    public long? RestoredStep => restored.Step;

    /// <summary>What this process begins with; null for nothing.</summary>
    public void BeginWith(long? step) => restored = (true, step);

    /// <summary>The checkpoints, the newest first, and which of them belong together.</summary>
    /// <exception cref="CheckpointReadException">Something can't be read just now.</exception>
    public (IReadOnlyList<CheckpointEntry> Entries, Lineage Lineage) Read()
    {
        var entries = CheckpointListing.Of(directory);
        var there = new List<CheckpointId>();
        foreach (var entry in entries)
        {
            try
            {
                if (OpenCheckpoint.ReadId(entry) is var id && id.Step == entry.Step)
                    there.Add(id);
            }
            catch (CheckpointCorruptException)
            {
                // What is wrong with it is said where it is passed over.
            }
        }

        var lineage = Lineage.Of(there, AskResumedFrom);
        passedOver = [.. there.Where(id => lineage.WhyNot(id) is not null)];
        return (entries, lineage);
    }

    /// <summary>As <see cref="Read"/>, if that was not done yet.</summary>
    public void EnsureRead()
    {
        if (passedOver is null)
            Read();
    }

    /// <summary>Whether a checkpoint is of it.</summary>
    /// <param name="id">Which.</param>
    /// <param name="attempt">This process's attempt.</param>
    public bool Has(CheckpointId id, int attempt) =>
        passedOver?.Contains(id) != true && (!restored.IsKnown || id.Attempt == attempt || id.Step <= restored.Step);

    private long? AskResumedFrom(int attempt)
    {
        try
        {
            return resumedFrom(attempt);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CheckpointReadException.OfJournals(directory, e);
        }
    }
}
