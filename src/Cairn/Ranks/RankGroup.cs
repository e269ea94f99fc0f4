namespace Cairn.Ranks;

/// <summary>
/// The ranks of a job step that are connected, as one of them sees it: agrees on steps, and carries what rank 0 and the others say to each
/// other. Rank 0's process has the hub in it.
/// </summary>
internal sealed class RankGroup : IDisposable
{
    /// <summary>So long rank 0 waits at the end for the others to leave.</summary>
    public static readonly TimeSpan ToLeave = TimeSpan.FromSeconds(2);

    /// <summary>So long a word may be on its way to a rank that is there.</summary>
    public static readonly TimeSpan ToDeliver = TimeSpan.FromSeconds(5);
    private readonly HubServer? hub;
    private readonly HubConnection connection;
    private readonly RankMailbox mailbox;
    private readonly StepGate gate;
    private readonly int[] others;
    private volatile bool isHubLost;

    private RankGroup(HubServer? hub, HubConnection connection, StepGate gate, int rank, int size, TimeProvider time)
    {
        (this.hub, this.connection, this.gate) = (hub, connection, gate);
        (Rank, Size) = (rank, size);
        others = [.. Enumerable.Range(0, size).Where(one => one != rank)];
        mailbox = new RankMailbox(time);
    }

    /// <summary>This process's rank.</summary>
    public int Rank { get; }

    /// <summary>How many there are.</summary>
    public int Size { get; }

    /// <summary>Why rank 0 is not heard any more; null while it is.</summary>
    public string? HubLost => mailbox.Closed;

    /// <summary>Connects to a hub.</summary>
    /// <param name="hub">The hub, where it is in this process: for rank 0. Disposed with the group.</param>
    /// <param name="address">Where it listens.</param>
    /// <param name="greeting">Who this is.</param>
    /// <param name="rank">This process's rank.</param>
    /// <param name="patience">How long to try.</param>
    /// <param name="time">The clock.</param>
    /// <param name="problem">Why it is not reached.</param>
    /// <returns>The group; null where the hub is not reached.</returns>
    /// <exception cref="RankException">The hub refuses this rank.</exception>
    public static RankGroup? Connect(HubServer? hub, ControlAddress address, Greeting greeting, int rank, TimeSpan patience, TimeProvider time, out string problem)
    {
        var boundaries = new StepGate();
        return HubConnection.Open(address, greeting, rank, boundaries, patience, time, out problem) is { } opened
            ? new RankGroup(hub, opened, boundaries, rank, greeting.WorldSize, time)
            : null;
    }

    /// <summary>Begins to answer.</summary>
    /// <param name="onAct">Told when all have agreed to do something at one step, by the control thread.</param>
    /// <param name="onLost">Told when a rank is lost, rank 0 with the hub included: its number, and what is known.</param>
    /// <param name="onWord">Told of every answer, for rank 0, and of every announcement, for the others.</param>
    public void Start(Action<RankMessage> onAct, Action<int, string> onLost, Action<RankMessage> onWord)
    {
        connection.Start(
            message =>
            {
                mailbox.Put(message);
                if (message.Kind == RankMessageKind.Act)
                    onAct(message);
                else if (message is { Kind: RankMessageKind.Lost, Rank: 0 })
                    HubIsLost(message.Text);
                else if (message.Kind == RankMessageKind.Lost)
                    onLost(message.Rank, message.Text);
                else if (message.Kind is RankMessageKind.Answer or RankMessageKind.Announce)
                    onWord(message);
            },
            HubIsLost);

        // By the control thread: when rank 0 is lost the hub in it is, too, and its socket closes a moment later.
        void HubIsLost(string why)
        {
            if (isHubLost)
                return;
            isHubLost = true;
            mailbox.Close(why);
            onLost(0, why);
        }
    }

    /// <summary>Asks for something that all ranks do at one step.</summary>
    /// <param name="purpose">What.</param>
    /// <param name="why">Why, for the log of all.</param>
    /// <param name="data">What rank 0 needs to know of it.</param>
    public void Want(RankPurpose purpose, string why, ReadOnlyMemory<byte> data = default) =>
        connection.Send(new RankMessage(RankMessageKind.Wanted) { Rank = Rank, Purpose = purpose, Text = why, Data = data });

    /// <summary>For rank 0: the next boundary is to end the run here.</summary>
    public void LeaveAtBoundary(int rank) => gate.ActHere(new RankMessage(RankMessageKind.Act) { Rank = rank, Purpose = RankPurpose.Leave, Step = long.MinValue });

    /// <summary>The restored step: boundaries come after it.</summary>
    public void BeginAt(long step) => gate.BeginAt(step);

    /// <summary>A step boundary; see <see cref="StepGate.Pass"/>.</summary>
    public RankMessage? Pass(long step) => gate.Pass(step);

    /// <summary>The boundary of a step that this rank holds for the last one.</summary>
    public RankMessage? PassAsLast(long step)
    {
        connection.Send(new RankMessage(RankMessageKind.Wanted) { Rank = Rank, Purpose = RankPurpose.Complete, Step = step, Text = $"rank {Rank} is done after step {step}" });
        return gate.PassAsked(step, RankPurpose.Stop);
    }

    /// <summary>The boundary of a step in which this rank has asked for a stop of all: it is not passed before all have agreed where that is.</summary>
    public RankMessage? PassToStop(long step) => gate.PassAsked(step, RankPurpose.Stop);

    /// <summary>The boundary of a step at which all shall save, if they can; see <see cref="WantSave"/>.</summary>
    public RankMessage? PassToSave(long step) => gate.PassAsked(step, RankPurpose.Save);

    /// <summary>Asks for a save of all ranks at one step.</summary>
    /// <param name="step">Not before this one.</param>
    public void WantSave(long step) => connection.Send(new RankMessage(RankMessageKind.Wanted) { Rank = Rank, Purpose = RankPurpose.Save, Step = step });

    /// <summary>Whether a rank has ended, or is lost.</summary>
    public bool HasLeft(int rank) => mailbox.HasLeft(rank);

    /// <summary>Sends a message.</summary>
    public void Send(RankMessage message) => connection.Send(message);

    /// <summary>For rank 0: tells all others.</summary>
    public void Announce(RankMessage message) => connection.Send(message);

    /// <summary>For the others: tells rank 0.</summary>
    public void Answer(RankTopic topic, long number, long step, string text) =>
        connection.Send(new RankMessage(RankMessageKind.Answer) { Topic = topic, Number = number, Step = step, Text = text });

    /// <summary>For rank 0: waits for the others' answers. Who has ended or is lost is missing and not waited for.</summary>
    public (IReadOnlyList<RankMessage> Came, IReadOnlyList<int> Missing) TakeAnswers(RankTopic topic, long number, TimeSpan limit) =>
        mailbox.Take(topic, number, others, limit);

    /// <summary>For the others: what rank 0 says; null when it did not in time, or is gone.</summary>
    public RankMessage? TakeAnnouncement(RankTopic topic, long number, TimeSpan limit) => mailbox.Take(topic, number, [0], limit) is { Came: [var message] } ? message : null;

    /// <summary>The same, where nothing else will do.</summary>
    /// <exception cref="RankException">It did not come in time.</exception>
    public RankMessage AwaitAnnouncement(RankTopic topic, long number, TimeSpan limit, string what) =>
        TakeAnnouncement(topic, number, limit) ?? throw new RankException(HubLost ?? $"rank 0 did not {what} within {Duration.Words(limit)}", [0]);

    /// <summary>Waits until every rank is here.</summary>
    /// <exception cref="RankException">Not all came in time.</exception>
    public void Barrier(long number, TimeSpan limit)
    {
        IReadOnlyList<int> missing;
        if (Rank == 0)
        {
            missing = TakeAnswers(RankTopic.Barrier, number, limit).Missing;
            Announce(new RankMessage(RankMessageKind.Announce) { Topic = RankTopic.Barrier, Number = number, Text = string.Join(' ', missing) });
        }
        else
        {
            Answer(RankTopic.Barrier, number, 0, string.Empty);
            var answer = AwaitAnnouncement(RankTopic.Barrier, number, limit + ToDeliver, "come to the barrier");
            missing = [.. answer.Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];
        }

        if (missing.Count > 0)
            throw new RankException($"rank{(missing.Count == 1 ? string.Empty : "s")} {string.Join(", ", missing)} did not come to the barrier within {Duration.Words(limit)}", missing);
    }

    /// <summary>This rank ends now: nobody is to take it for lost.</summary>
    public void SayGoodbye() => connection.Send(new RankMessage(RankMessageKind.Bye) { Rank = Rank });

    /// <summary>For rank 0: waits until the others have said that they end, or are gone.</summary>
    /// <param name="limit">For how long at most.</param>
    /// <param name="besides">Who never came, and cannot leave.</param>
    public bool AwaitLeft(TimeSpan limit, params IReadOnlyList<int> besides) => mailbox.AwaitLeft([.. others.Except(besides)], limit);

    public void Dispose()
    {
        isHubLost = true; // to whom is this told now?
        hub?.Dispose(); // first: the others are not to hear that rank 0 is lost
        connection.Dispose();
    }
}
