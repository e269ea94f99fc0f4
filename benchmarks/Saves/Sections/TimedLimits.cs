using Saves.Limits;
using Saves.Measuring;

namespace Saves.Sections;

/// <summary>What the machine allows a save.</summary>
internal sealed class TimedLimits(State state, MemoryCopy copy, BareWrite write, Rounds rounds)
{
    public Series CopyByOne { get; } = new("limit: copy of the state, 1 thread", state.Bytes);

    public Series CopyByAll { get; } = new($"limit: copy of the state, {Environment.ProcessorCount} threads", state.Bytes);

    public Series CopyLargePages { get; } = new($"limit: copy between large pages, {Environment.ProcessorCount} threads", state.Bytes);

    public Series WriteNew { get; } = new($"limit: {write.Way}, new file", state.Bytes);

    public Series WriteOver { get; } = new($"limit: {write.Way}, over existing blocks", state.Bytes);

    public IReadOnlyList<Series> All => [CopyByOne, CopyByAll, CopyLargePages, WriteNew, WriteOver];

    public void Take()
    {
        rounds.Note(CopyByOne, copy.SecondsOf(state, 1));
        rounds.Note(CopyByAll, copy.SecondsOf(state, Environment.ProcessorCount));
        rounds.Note(CopyLargePages, copy.Seconds(Environment.ProcessorCount));
        rounds.Note(WriteNew, write.NewFile());
        rounds.Note(WriteOver, write.ExistingBlocks());
    }
}
