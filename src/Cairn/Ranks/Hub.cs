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
    private readonly long?[] passed = new long?[worldSize];
    private long round;
    private bool holds;
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
            return $"rank {rank} on {greeting.Node} counts {greeting.WorldSize} ranks, rank 0 on {own.Node} counts {worldSize}: were both started by the same srun?";
        if (greeting.Step != own.Step)
            return $"rank {rank} on {greeting.Node} is of job step {greeting.Step}, rank 0 on {own.Node} of {own.Step}: were both started by the same srun?";
        if (rank < 0 || rank >= worldSize)
            return $"there is no rank {rank} among {worldSize}";
        if (nodes[rank] is { } node)
            return $"rank {rank} is there already, on {node}: this one on {greeting.Node} is a second one";
        return null;
    }

    /// <summary>A rank has come.</summary>
    public List<Outgoing> Joined(int rank, string node)
    {
        nodes[rank] = node;
        List<Outgoing> outgoing = [new(rank, new(RankMessageKind.Welcome) { Rank = rank })];
        BeginRound(outgoing); // what was wanted before all were there
        return outgoing;
    }

    /// <summary>A message of a rank that is there.</summary>
    public List<Outgoing> Received(int rank, RankMessage message)
    {
        List<Outgoing> outgoing = [];
        switch (message.Kind)
        {
            case RankMessageKind.Wanted when !isOver:
                var before = wanted ?? new(RankMessageKind.Wanted);
                wanted = (message.Purpose > before.Purpose ? message with { Rank = rank } : before) with { Step = Math.Max(message.Step, before.Step) };
                BeginRound(outgoing);
                break;
            case RankMessageKind.Passed when holds && message.Number == round:
                passed[rank] = message.Step;
                EndRound(outgoing);
                break;
            case RankMessageKind.Answer:
                outgoing.Add(new(0, message with { Rank = rank }));
                break;
            case RankMessageKind.Announce when rank == 0:
                foreach (var other in Enumerable.Range(1, worldSize - 1).Where(IsHere))
                    outgoing.Add(new(other, message with { Rank = 0 }));
                break;
            case RankMessageKind.Bye:
                left[rank] = true;
                outgoing.Add(new(0, message with { Rank = rank }));
                EndRound(outgoing);
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
        EndRound(outgoing);
        return outgoing;
    }

    private void BeginRound(List<Outgoing> outgoing)
    {
        if (holds || wanted is null || Missing.Count > 0)
            return;
        holds = true;
        round++;
        Array.Clear(passed);
        outgoing.Add(new(Everybody, new(RankMessageKind.Hold) { Number = round }));
    }

    private void EndRound(List<Outgoing> outgoing)
    {
        if (!holds)
            return;
        var step = long.MinValue;
        for (var rank = 0; rank < worldSize; rank++)
        {
            if (!IsHere(rank))
                continue;
            if (passed[rank] is not { } one)
                return;
            step = Math.Max(step, one);
        }

        holds = false;
        isOver = wanted!.Purpose is RankPurpose.Stop or RankPurpose.Complete;
        outgoing.Add(new(Everybody, wanted with { Kind = RankMessageKind.Act, Number = round, Step = Math.Max(step + 1, wanted.Step) }));
        wanted = null;
    }
}
