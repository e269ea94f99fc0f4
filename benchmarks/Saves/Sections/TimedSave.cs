using Saves.Competitors;
using Saves.Measuring;

namespace Saves.Sections;

/// <summary>One competitor's saves.</summary>
internal sealed class TimedSave(ICompetitor competitor, long bytes, Rounds rounds)
{
    public string Name => competitor.Name;

    /// <summary>How long the loop waits.</summary>
    public Series Stall { get; } = new($"the loop waits: {competitor.Name}", bytes);

    /// <summary>How long until the state is durable.</summary>
    public Series Durable { get; } = new($"until durable: {competitor.Name}", bytes);

    public void Take()
    {
        var (stall, durable) = competitor.Save();
        rounds.Note(Stall, stall);
        rounds.Note(Durable, durable);
    }
}
