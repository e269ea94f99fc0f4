namespace Cairn.Ranks;

/// <summary>
/// What the hub does with a message: a pure state machine, which knows neither sockets nor clocks. It brings all ranks to act at one step
/// (hold, the boundaries that they passed last, the greatest and one more), hands answers to rank 0 and announcements of rank 0 to the
/// others, and says who is lost.
/// </summary>
/// <remarks>
/// A rank that let itself go out of a hold could pass the step at which others stop, so a hold has no end of its own: it ends when all
/// who are there have answered, and each does so whatever its training is at. Protocol: docs/ranks.md.
/// </remarks>
/// <param name="worldSize">How many ranks there are.</param>
internal sealed class Hub(int worldSize)
{
    /// <summary>In place of a rank: all who are there.</summary>
    public const int Everybody = -1;

    private readonly string?[] nodes = new string?[worldSize];
    private readonly bool[] left = new bool[worldSize];
    private readonly SortedDictionary<RankTopic, RankMessage> decided = [];

    // Of the round: who has not answered yet, how many those are, and the last boundary of who has.
    private readonly bool[] asked = new bool[worldSize];
    private int unanswered;
    private long furthest;
    private long round;
    private RankMessage? wanted;
    private bool isOver;

    /// <summary>A message that is to be sent.</summary>
    /// <param name="To">To whom; <see cref="Everybody"/> for all.</param>
    /// <param name="Message">What.</param>
    internal readonly record struct Outgoing(int To, RankMessage Message);

    /// <summary>The ranks that never came, in their order.</summary>
    public IReadOnlyList<int> Missing => [.. Enumerable.Range(0, worldSize).Where(rank => nodes[rank] is null)];

    /// <summary>Whether a rank is there: it came, and is not gone.</summary>
    public bool IsHere(int rank) => rank >= 0 && rank < worldSize && nodes[rank] is not null && !left[rank];

    /// <summary>Why a rank may not come in; null when it may.</summary>
    public string? WhyNot(int rank, Greeting greeting, Greeting own)
    {
        if (greeting.WorldSize != worldSize)
            return $"rank {rank} on {greeting.Node} counts {greeting.WorldSize} ranks, rank 0 on {own.Node} counts {worldSize}: were both started together?";
        if (greeting.Step != own.Step)
            return $"rank {rank} on {greeting.Node} is of job step {greeting.Step}, rank 0 on {own.Node} of {own.Step}: were both started together?";
        if (rank < 0 || rank >= worldSize)
            return $"there is no rank {rank} among {worldSize}";
        if (greeting.Version != own.Version)
            return $"rank {rank} on {greeting.Node} speaks version {greeting.Version} of what ranks say to each other, rank 0 on {own.Node} version {own.Version}: give both the same Cairn";
        if (nodes[rank] is { } node)
            return left[rank] ? $"rank {rank} was there before, on {node}, and is gone: it cannot come again, as this one on {greeting.Node}" : $"rank {rank} is there already, on {node}: this one on {greeting.Node} is a second one";
        return null;
    }

    /// <summary>A rank has come.</summary>
    public List<Outgoing> Joined(int rank, string node)
    {
        nodes[rank] = node;
        List<Outgoing> outgoing = [new(rank, new(RankMessageKind.Welcome) { Rank = rank })];
        foreach (var announcement in decided.Values)
            outgoing.Add(new(rank, announcement)); // who comes late would wait for it
        BeginRound(outgoing); // what was wanted before all were there
        return outgoing;
    }

    /// <summary>A message of a rank that is there.</summary>
    public List<Outgoing> Received(int rank, RankMessage message)
    {
        List<Outgoing> outgoing = [];
        switch (message.Kind)
        {
            case RankMessageKind.Wanted when !isOver && message.Purpose is > RankPurpose.None and <= RankPurpose.Complete:
                var before = wanted ?? new(RankMessageKind.Wanted);
                wanted = (message.Purpose > before.Purpose ? message with { Rank = rank } : before) with { Step = Math.Max(message.Step, before.Step) };
                BeginRound(outgoing);
                break;
            case RankMessageKind.Passed when message.Number == round && asked[rank]:
                furthest = Math.Max(furthest, message.Step);
                NoLongerAsked(rank, outgoing);
                break;
            case RankMessageKind.Answer:
                outgoing.Add(new(0, message with { Rank = rank }));
                break;
            case RankMessageKind.Announce when rank == 0:
                if (message.Topic is RankTopic.Begin or RankTopic.End)
                    decided[message.Topic] = message;
                foreach (var other in Enumerable.Range(1, worldSize - 1).Where(IsHere))
                    outgoing.Add(new(other, message with { Rank = 0 }));
                break;
            case RankMessageKind.Bye:
                left[rank] = true;
                outgoing.Add(new(0, message with { Rank = rank }));
                NoLongerAsked(rank, outgoing);
                break;
        }

        return outgoing;
    }

    /// <summary>The connection to a rank is gone.</summary>
    public List<Outgoing> Gone(int rank, string why)
    {
        if (!IsHere(rank))
            return [];
        left[rank] = true;
        List<Outgoing> outgoing = [new(Everybody, new(RankMessageKind.Lost) { Rank = rank, Text = $"rank {rank} on {nodes[rank]}: {why}" })];
        NoLongerAsked(rank, outgoing);
        return outgoing;
    }

    private void BeginRound(List<Outgoing> outgoing)
    {
        if (unanswered > 0 || wanted is null || Missing.Count > 0)
            return;
        round++;
        furthest = long.MinValue;
        for (var rank = 0; rank < worldSize; rank++)
        {
            asked[rank] = IsHere(rank);
            unanswered += asked[rank] ? 1 : 0;
        }

        outgoing.Add(new(Everybody, new(RankMessageKind.Hold) { Number = round }));
    }

    // It has answered, or is gone: the last of those ends the round.
    private void NoLongerAsked(int rank, List<Outgoing> outgoing)
    {
        if (!asked[rank])
            return;
        asked[rank] = false;
        if (--unanswered > 0)
            return;
        isOver = wanted!.Purpose is RankPurpose.Stop or RankPurpose.Complete;
        outgoing.Add(new(Everybody, wanted with { Kind = RankMessageKind.Act, Number = round, Step = Math.Max(furthest + 1, wanted.Step) }));
        wanted = null;
    }
}
