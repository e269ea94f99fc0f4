using Saves.Limits;
using Saves.Measuring;

namespace Saves.Sections;

/// <summary>What the machine allows a save.</summary>
internal sealed class TimedLimits(MemoryCopy copy, BareWrite write, long bytes, Rounds rounds)
{
    public Series CopyByOne { get; } = new("limit: copy in memory, 1 thread", bytes);

    public Series CopyByAll { get; } = new($"limit: copy in memory, {Environment.ProcessorCount} threads", bytes);

    public Series WriteNew { get; } = new($"limit: {write.Way}, new file", bytes);

    public Series WriteOver { get; } = new($"limit: {write.Way}, over existing blocks", bytes);

    public IReadOnlyList<Series> All => [CopyByOne, CopyByAll, WriteNew, WriteOver];

    public void Take()
    {
        rounds.Note(CopyByOne, copy.Seconds(1));
        rounds.Note(CopyByAll, copy.Seconds(Environment.ProcessorCount));
        rounds.Note(WriteNew, write.NewFile());
        rounds.Note(WriteOver, write.ExistingBlocks());
    }
}
