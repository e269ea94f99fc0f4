using Cairn.Timing;

namespace Cairn.Ranks;

/// <summary>What has come to a topic and waits for the thread that asks for it: announcements of rank 0, and to rank 0 the others' answers.</summary>
internal sealed class RankMailbox(TimeProvider time)
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(500);
    private readonly object turn = new();
    private readonly Dictionary<(RankTopic Topic, long Number, int Rank), RankMessage> came = [];
    private readonly HashSet<int> left = [];
    private string? closed;

    /// <summary>Why nothing will come any more; null while something may.</summary>
    public string? Closed
    {
        get
        {
            lock (turn)
                return closed;
        }
    }

    /// <summary>A message has come.</summary>
    public void Put(RankMessage message)
    {
        lock (turn)
        {
            if (message.Kind is RankMessageKind.Answer or RankMessageKind.Announce)
                came[(message.Topic, message.Number, message.Rank)] = message;
            else if (message.Kind is RankMessageKind.Bye or RankMessageKind.Lost)
                left.Add(message.Rank);
            Monitor.PulseAll(turn);
        }
    }

    /// <summary>Nothing will come any more.</summary>
    public void Close(string why)
    {
        lock (turn)
        {
            closed ??= why;
            Monitor.PulseAll(turn);
        }
    }

    /// <summary>Whether a rank has ended, or is lost.</summary>
    public bool HasLeft(int rank)
    {
        lock (turn)
            return left.Contains(rank);
    }

    /// <summary>Waits for what ranks say to a topic, and takes it.</summary>
    /// <param name="topic">About what.</param>
    /// <param name="number">Which of the topic.</param>
    /// <param name="ranks">Of whom. Who has left is not waited for.</param>
    /// <param name="limit">At most so long.</param>
    /// <returns>What came, and of whom nothing did.</returns>
    public (IReadOnlyList<RankMessage> Came, IReadOnlyList<int> Missing) Take(RankTopic topic, long number, IReadOnlyList<int> ranks, TimeSpan limit)
    {
        lock (turn)
        {
            Await(ranks, rank => came.ContainsKey((topic, number, rank)) || left.Contains(rank), limit);
            var (taken, missing) = (new List<RankMessage>(), new List<int>());
            foreach (var rank in ranks)
            {
                if (came.Remove((topic, number, rank), out var message))
                    taken.Add(message);
                else
                    missing.Add(rank);
            }

            return (taken, missing);
        }
    }

    /// <summary>Waits until ranks have left.</summary>
    public bool AwaitLeft(IReadOnlyList<int> ranks, TimeSpan limit)
    {
        lock (turn)
            return Await(ranks, left.Contains, limit);
    }

    // What a rank has done it has done, so each is looked at until it has, and then no more: every message that comes wakes the one that waits.
    private bool Await(IReadOnlyList<int> ranks, Predicate<int> hasDone, TimeSpan limit)
    {
        var began = time.GetTimestamp();
        for (var next = 0; next < ranks.Count;)
        {
            if (hasDone(ranks[next]))
            {
                next++;
                continue;
            }

            var rest = limit - time.GetRunningTime(began);
            if (closed is not null || rest <= TimeSpan.Zero)
                return false;
            Monitor.Wait(turn, rest < Slice ? rest : Slice);
        }

        return true;
    }
}
