using Cairn.Ranks;

namespace Cairn.Benchmarks.Ranks;

/// <summary>
/// Many ranks on a virtual clock: the real <see cref="Hub"/>, which costs what it was measured to cost for each connection, one message after
/// the other; ranks answer as fast as the network is. What no machine at hand can show.
/// </summary>
internal sealed class VirtualRanks
{
    /// <summary>What the hub needs for a message to one rank, and for one from it.</summary>
    public static readonly TimeSpan Send = TimeSpan.FromMicroseconds(20), Receive = TimeSpan.FromMicroseconds(15);

    /// <summary>One way through the network.</summary>
    public static readonly TimeSpan Latency = TimeSpan.FromMicroseconds(50);

    private static readonly Greeting Greeting = new("token", 0, "1.0", "n1", 1);
    private readonly int size;
    private readonly Hub hub;
    private readonly PriorityQueue<Action, TimeSpan> events = new();
    private TimeSpan now;
    private TimeSpan hubIsFree;
    private int acted;

    /// <summary>Ranks that all come at once.</summary>
    public VirtualRanks(int size)
    {
        (this.size, hub) = (size, new Hub(size));
        for (var rank = 0; rank < size; rank++)
        {
            var comes = rank;
            At(Latency, () => HubTakes(() => hub.WhyNot(comes, Greeting with { WorldSize = size }, Greeting) is null ? hub.Joined(comes, "n1") : throw new InvalidOperationException()));
        }

        Run();
        Began = now;
    }

    /// <summary>When the last of them was welcome.</summary>
    public TimeSpan Began { get; }

    /// <summary>How long it takes from a rank's wish until the last rank knows the step.</summary>
    /// <param name="dies">Whether one dies when it has heard that it is to hold.</param>
    public TimeSpan Agree(bool dies)
    {
        (acted, now, hubIsFree) = (0, TimeSpan.Zero, TimeSpan.Zero);
        Dies = dies ? size / 2 : -1;
        At(Latency, () => HubTakes(() => hub.Received(size - 1, new RankMessage(RankMessageKind.Wanted) { Purpose = RankPurpose.Save })));
        Run();
        return acted == (dies ? size - 1 : size) ? now : throw new InvalidOperationException($"{acted} of {size} ranks know the step");
    }

    private int Dies { get; set; } = -1;

    private void At(TimeSpan when, Action what) => events.Enqueue(what, when);

    private void Run()
    {
        while (events.TryDequeue(out var what, out var when))
        {
            now = when;
            what();
        }
    }

    private void HubTakes(Func<List<Hub.Outgoing>> message)
    {
        hubIsFree = (now > hubIsFree ? now : hubIsFree) + Receive;
        foreach (var (to, outgoing) in message())
        {
            for (var rank = to == Hub.Everybody ? 0 : to; rank < (to == Hub.Everybody ? size : to + 1); rank++)
            {
                if (!hub.IsHere(rank))
                    continue;
                hubIsFree += Send;
                var hears = rank;
                At(hubIsFree + Latency, () => RankTakes(hears, outgoing));
            }
        }
    }

    private void RankTakes(int rank, RankMessage message)
    {
        if (message.Kind == RankMessageKind.Act)
            acted++;
        else if (message.Kind == RankMessageKind.Hold && rank == Dies)
            At(now + Latency, () => HubTakes(() => hub.Gone(rank, "its connection is closed")));
        else if (message.Kind == RankMessageKind.Hold)
            At(now + Latency, () => HubTakes(() => hub.Received(rank, new RankMessage(RankMessageKind.Passed) { Number = message.Number, Step = rank % 3 })));
    }
}
