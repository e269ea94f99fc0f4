namespace Cairn.Checkpoints.Reading;

/// <summary>The newest checkpoints that this process knows: the two newest are looked at by each save, and a third one while it is written.</summary>
internal sealed class KnownCheckpoints
{
    private const int Most = 3;
    private readonly SortedList<long, KnownCheckpoint> known = [];

    /// <summary>That of a step; null when it is not known.</summary>
    public KnownCheckpoint? Of(long step) => known.GetValueOrDefault(step);

    /// <summary>Takes note of one.</summary>
    public void Remember(KnownCheckpoint checkpoint)
    {
        known[checkpoint.Record.Step] = checkpoint;
        while (known.Count > Most)
            known.RemoveAt(0);
    }
}
