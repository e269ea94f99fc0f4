using System.Collections;
using Cairn.Ranks;

namespace Cairn.Tests.Ranks;

/// <summary>Who waits for many ranks looks at each of them about once: not at all of them again for each message that comes.</summary>
public sealed class RankMailboxTests
{
    private const int Many = 1000;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public void A_thousand_answers_cost_a_thousand_looks_and_not_a_million()
    {
        var mailbox = new RankMailbox(TimeProvider.System);
        var ranks = new Counted(Many);
        var rounds = new Thread(() =>
        {
            for (var rank = 0; rank < Many; rank++)
            {
                mailbox.Put(new RankMessage(RankMessageKind.Answer) { Topic = RankTopic.Stand, Number = 7, Rank = rank });
                Thread.Sleep(rank % 10 == 0 ? 1 : 0); // who waits has a turn between
            }
        });
        rounds.Start();
        var (came, missing) = mailbox.Take(RankTopic.Stand, 7, ranks, Limit);
        rounds.Join();
        Assert.Equal((Many, 0), (came.Count, missing.Count));
        Assert.InRange(ranks.Looks, Many, 5 * Many);
    }

    [Fact]
    public void Who_has_left_is_missing_and_not_waited_for()
    {
        var mailbox = new RankMailbox(TimeProvider.System);
        mailbox.Put(new RankMessage(RankMessageKind.Answer) { Topic = RankTopic.Stand, Rank = 2 });
        mailbox.Put(new RankMessage(RankMessageKind.Bye) { Rank = 1 });
        var (came, missing) = mailbox.Take(RankTopic.Stand, 0, [1, 2], Limit);
        Assert.Equal([2], came.Select(one => one.Rank));
        Assert.Equal([1], missing);
    }

    private sealed class Counted(int count) : IReadOnlyList<int>
    {
        public int Looks { get; private set; }

        public int Count => count;

        public int this[int index]
        {
            get
            {
                Looks++;
                return index;
            }
        }

        public IEnumerator<int> GetEnumerator()
        {
            for (var i = 0; i < count; i++)
                yield return this[i];
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
