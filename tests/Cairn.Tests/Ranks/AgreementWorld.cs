using Cairn.Ranks;

namespace Cairn.Tests.Ranks;

/// <summary>
/// Ranks, their hub and the network between them, without sockets, threads and clocks: the real <see cref="Hub"/> and <see cref="StepGate"/>,
/// and a chance that decides who goes on next. What two say to each other keeps its order, as over TCP; nothing else does.
/// </summary>
internal sealed class AgreementWorld
{
    private const int MostTurns = 200_000;
    private readonly Hub hub;
    private readonly AgreementCase played;
    private readonly AgreementAttempt attempt;
    private readonly long restored;
    private readonly Random chance;
    private readonly Node[] nodes;
    private readonly List<RankMessage> acts = [];
    private readonly Greeting greeting;
    private readonly List<string>? story;
    private bool isDisturbed;

    private AgreementWorld(AgreementCase played, AgreementAttempt attempt, long restored, Random chance, List<string>? story)
    {
        (this.played, this.attempt, this.restored, this.chance, this.story) = (played, attempt, restored, chance, story);
        greeting = new Greeting("token", played.Size, "1.0", "n1", 1);
        hub = new Hub(played.Size);
        nodes = [.. Enumerable.Range(0, played.Size).Select(rank => new Node(rank, restored - 1))];
    }

    private bool IsHubAlive => nodes[0].IsAlive;

    private bool AllCame => hub.Missing.Count == 0;

    /// <summary>Plays a case.</summary>
    /// <returns>What is wrong; null when all holds.</returns>
    public static string? WhatIsWrong(AgreementCase played, List<string>? story = null)
    {
        var order = new Random(played.Order);
        var from = order.Next(0, 3) * 100L;
        foreach (var life in played.Attempts)
        {
            var world = new AgreementWorld(played, life, from, order, story);
            try
            {
                world.Play();
                world.Judge();
            }
            catch (BrokenAgreement broken)
            {
                return broken.Message;
            }

            from = Math.Max(from, world.nodes[0].Done);
        }

        return null;
    }

    private void Play()
    {
        var happens = new Queue<HappensAt>(attempt.Happens);
        for (var turn = 0; turn < MostTurns; turn++)
        {
            while (happens.TryPeek(out var next) && next.Turn <= turn)
                Happen(happens.Dequeue());
            if (TakeTurn())
                continue;
            if (!happens.TryDequeue(out var now))
                return;
            Happen(now);
        }

        throw new BrokenAgreement("it does not come to an end");
    }

    // Somebody goes on, whoever it is; false when nobody can.
    private bool TakeTurn()
    {
        for (var tries = 0; tries < 8; tries++)
        {
            if (GoOn(nodes[chance.Next(nodes.Length)], chance.Next(4)))
                return true;
        }

        var first = chance.Next(nodes.Length);
        for (var other = 0; other < nodes.Length; other++)
        {
            for (var what = 0; what < 4; what++)
            {
                if (GoOn(nodes[(first + other) % nodes.Length], what))
                    return true;
            }
        }

        return false;
    }

    private bool GoOn(Node node, int what) => what switch
    {
        0 => Begin(node),
        1 => Deliver(node),
        2 => Control(node),
        _ => Train(node) || End(node),
    };

    private bool Begin(Node node)
    {
        if (!node.IsAlive)
            return false;
        if (!node.HasGreeted)
        {
            node.HasGreeted = true;
            node.ToHub.Enqueue(greeting.ToMessage(node.Rank));
            return true;
        }

        if (node.HasBegun || !AllCame)
            return false;
        node.HasBegun = true;
        node.Gate.BeginAt(restored);
        return true;
    }

    // The hub takes what a rank has sent.
    private bool Deliver(Node node)
    {
        if (!IsHubAlive || !node.ToHub.TryDequeue(out var message))
            return false;
        Tell($"hub <- {node.Rank}: {message?.Kind.ToString() ?? "closed"} {message?.Purpose} {message?.Step}");
        if (message is null)
            Send(hub.Gone(node.Rank, "closed"));
        else if (message.Kind == RankMessageKind.Hello)
            Send(hub.WhyNot(node.Rank, greeting, greeting) is null ? hub.Joined(node.Rank, "n1") : throw new BrokenAgreement($"rank {node.Rank} may not come in"));
        else
            Send(hub.Received(node.Rank, message));
        return true;
    }

    private void Send(List<Hub.Outgoing> outgoing)
    {
        foreach (var (to, message) in outgoing)
        {
            if (message.Kind == RankMessageKind.Act)
                Agreed(message);
            foreach (var node in nodes.Where(node => node.IsAlive && (to == Hub.Everybody ? hub.IsHere(node.Rank) : node.Rank == to)))
                node.FromHub.Enqueue(message);
        }
    }

    private void Agreed(RankMessage act)
    {
        Tell($"hub: {act.Purpose} at {act.Step}");
        if (acts.Exists(before => before.Purpose is RankPurpose.Stop or RankPurpose.Complete))
            throw new BrokenAgreement($"{act.Purpose} at {act.Step} is agreed on after the end was");
        if (nodes.FirstOrDefault(node => node.IsAlive && node.Done >= Math.Max(act.Step, restored)) is { } beyond)
            throw new BrokenAgreement($"{act.Purpose} at {act.Step} is agreed on, and rank {beyond.Rank} has passed {beyond.Done}");
        acts.Add(act);
    }

    // A rank's control thread takes what the hub has sent.
    private bool Control(Node node)
    {
        if (!node.IsAlive || !node.FromHub.TryDequeue(out var message))
            return false;
        node.MayTry = true;
        switch (message?.Kind)
        {
            case null:
                node.Gate.Open();
                break;
            case RankMessageKind.Hold:
                node.ToHub.Enqueue(new RankMessage(RankMessageKind.Passed) { Rank = node.Rank, Number = message.Number, Step = node.Gate.Hold() });
                break;
            case RankMessageKind.Act:
                node.Gate.Act(message);
                node.WantsStop |= message.Purpose == RankPurpose.Stop; // who hears of it has it as if it had asked
                break;
            case RankMessageKind.Announce:
                node.IsToldEnd = true;
                break;
        }

        return true;
    }

    // A rank's training thread comes to its next boundary, if the others let it and the gate does.
    private bool Train(Node node)
    {
        var step = node.Done + 1;
        if (!node.IsAlive || node.HasEnded || !node.HasBegun || !node.MayTry)
            return false;
        if (played.IsCoupled && step > restored && !node.IsAtGate && nodes.Any(other => other.Done < step - 1 || ((!other.IsAlive || other.HasEnded) && other.Done < step)))
            return false; // in the middle of the step it waits for who is not in it
        var asks = attempt.AsksIn is { } after && step >= restored + after && (attempt.OnlyRank ?? node.Rank) == node.Rank && step < restored + attempt.Steps;
        if (asks && !node.IsAtGate)
            node.ToHub.Enqueue(new RankMessage(RankMessageKind.Wanted) { Rank = node.Rank, Purpose = attempt.AsksFor, Step = attempt.AsksFor == RankPurpose.Complete ? step : 0 });
        asks |= node.WantsStop;
        var asksToSave = node.SaveAt == step; // a schedule by time: the others are told, and it is done here, if they can
        node.IsAtGate = !node.Gate.TryPass(step, asks ? RankPurpose.Stop : asksToSave ? RankPurpose.Save : RankPurpose.None, out var due);
        node.MayTry = !node.IsAtGate;
        if (node.IsAtGate)
        {
            Tell($"{node.Rank} waits at {step}");
            return true;
        }

        Tell($"{node.Rank} passes {step}: {due?.Purpose}");
        node.Done = step;
        if (IsHubAlive)
            Compare(node, step, due?.Purpose ?? RankPurpose.None);
        node.EndedBy = due?.Purpose is RankPurpose.Stop or RankPurpose.Complete ? due.Purpose : RankPurpose.None;
        node.HasEnded = node.EndedBy != RankPurpose.None || step == restored + attempt.Steps;
        return true;
    }

    // Whatever is agreed on is done by every rank at that very step.
    private void Compare(Node node, long step, RankPurpose done)
    {
        var due = RankPurpose.None;
        foreach (var act in acts)
        {
            if (Math.Max(act.Step, restored) == step && act.Purpose > due)
                due = act.Purpose;
        }

        if (due != done)
            throw new BrokenAgreement($"rank {node.Rank} does {done} at {step}, where {due} was agreed on");
    }

    // Rank 0 tells the end when it has come to it; the others leave when they have, too, and were told.
    private bool End(Node node)
    {
        if (!node.IsAlive || !node.HasEnded)
            return false;
        if (node.Rank == 0)
        {
            if (node.IsToldEnd)
                return false;
            node.IsToldEnd = true;
            node.ToHub.Enqueue(new RankMessage(RankMessageKind.Announce) { Topic = RankTopic.End });
            return true;
        }

        if (!node.IsToldEnd)
            return false;
        Leave(node);
        return true;
    }

    private static void Leave(Node node)
    {
        node.ToHub.Enqueue(new RankMessage(RankMessageKind.Bye) { Rank = node.Rank });
        node.ToHub.Enqueue(null);
        node.IsAlive = false;
    }

    private void Happen(HappensAt happens)
    {
        var node = nodes[happens.Rank];
        if (happens.What == Happening.ComeAgain)
        {
            if (!hub.Missing.Contains(node.Rank) && hub.WhyNot(node.Rank, greeting, greeting) is null)
                throw new BrokenAgreement($"rank {node.Rank} may come in twice");
            return;
        }

        if (!node.IsAlive || !node.HasGreeted)
            return;
        Tell($"{node.Rank}: {happens.What}");
        switch (happens.What)
        {
            case Happening.WantSave:
                node.SaveAt = node.Done + 1;
                node.ToHub.Enqueue(new RankMessage(RankMessageKind.Wanted) { Rank = node.Rank, Purpose = RankPurpose.Save, Step = node.SaveAt });
                return;
            case Happening.WantStop:
                node.WantsStop = true;
                node.ToHub.Enqueue(new RankMessage(RankMessageKind.Wanted) { Rank = node.Rank, Purpose = RankPurpose.Stop });
                return;
            case Happening.SayGoodbye when node.Rank != 0:
                isDisturbed |= !node.HasEnded;
                Leave(node);
                return;
            default:
                isDisturbed = true;
                node.IsAlive = false;
                var arrives = chance.Next(node.ToHub.Count + 1);
                var sent = node.ToHub.Take(arrives).ToList();
                node.ToHub.Clear();
                sent.ForEach(node.ToHub.Enqueue);
                node.ToHub.Enqueue(null);
                if (node.Rank == 0)
                    Array.ForEach(nodes, other => other.FromHub.Enqueue(null));
                return;
        }
    }

    // Nobody can go on any more: has everybody come to where he should?
    private void Judge()
    {
        if (nodes.FirstOrDefault(node => node.IsAlive && node.IsAtGate) is { } held)
            throw new BrokenAgreement($"rank {held.Rank} waits at {held.Done + 1} for ever");
        if (!IsHubAlive || !AllCame || (isDisturbed && played.IsCoupled))
            return;
        if (nodes.FirstOrDefault(node => node.IsAlive && !node.HasEnded) is { } stuck)
            throw new BrokenAgreement($"rank {stuck.Rank} stands behind {stuck.Done} and does not come to an end");
        if (attempt is not { AsksIn: { } after, OnlyRank: null } || after >= attempt.Steps)
            return;
        var stopsBefore = acts.Exists(act => act.Purpose == RankPurpose.Stop) && (attempt.AsksFor == RankPurpose.Complete || attempt.Happens.Any(happens => happens.What == Happening.WantStop));
        if (stopsBefore || (isDisturbed && attempt.AsksFor == RankPurpose.Stop)) // what a rank asks for and dies, the others do before they ask
            return;
        if (nodes.FirstOrDefault(node => node.HasEnded && (node.Done != restored + after || node.EndedBy != attempt.AsksFor)) is { } other)
            throw new BrokenAgreement($"all ask for {attempt.AsksFor} after {after} steps, and rank {other.Rank} ends after {other.Done - restored} by {other.EndedBy}");
    }

    private void Tell(string line) => story?.Add(line);

    /// <summary>One rank: its gate, where its training is, and what is on its way.</summary>
    private sealed class Node(int rank, long done)
    {
        public int Rank => rank;

        public StepGate Gate { get; } = new();

        /// <summary>What it has sent; null for the end.</summary>
        public Queue<RankMessage?> ToHub { get; } = [];

        /// <summary>What it will hear; null for the end.</summary>
        public Queue<RankMessage?> FromHub { get; } = [];

        public bool IsAlive { get; set; } = true;

        public bool HasGreeted { get; set; }

        public bool HasBegun { get; set; }

        public long Done { get; set; } = done;

        /// <summary>Whether it waits at the gate.</summary>
        public bool IsAtGate { get; set; }

        /// <summary>Whether the gate may have something new.</summary>
        public bool MayTry { get; set; } = true;

        /// <summary>Whether it has asked for a stop of all.</summary>
        public bool WantsStop { get; set; }

        /// <summary>The boundary at which its schedule wants a save; -1 for none.</summary>
        public long SaveAt { get; set; } = -1;

        public bool HasEnded { get; set; }

        public RankPurpose EndedBy { get; set; }

        public bool IsToldEnd { get; set; }
    }

    private sealed class BrokenAgreement(string problem) : Exception(problem);
}
