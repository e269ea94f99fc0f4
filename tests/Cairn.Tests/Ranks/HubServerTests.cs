using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Cairn.Ranks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Cairn.Tests.Ranks;

/// <summary>The hub's sockets: real ones, the other ends by hand.</summary>
public sealed class HubServerTests : IDisposable
{
    private static readonly Greeting Own = new("0123456789abcdef", 3, "17.0 after 2 restarts", "n1", 1);
    private readonly FakeTimeProvider time = new();
    private readonly HubServer hub;

    public HubServerTests() => hub = new HubServer(Own, onlyHere: true, 0, isPortFixed: false, time, NullLogger.Instance);

    public void Dispose() => hub.Dispose();

    [Fact]
    public void Who_does_not_know_the_token_gets_no_answer()
    {
        using var stranger = RawRank.To(hub, 1, Own with { Token = "0123456789abcdeF" });
        Assert.Null(stranger.Next());
        using var rank = Come(1);
    }

    [Fact]
    public void What_is_no_message_is_closed()
    {
        using var browser = RawRank.To(hub);
        browser.Send("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        Assert.Null(browser.Next());
        using var endless = RawRank.To(hub);
        endless.Send([0, 0x11, 0, 0]); // 4,352 bytes are to come, more than anybody says before it is known who it is
        Assert.Null(endless.Next());
        using var rank = Come(1);
        rank.Send([0, 0, 0, 2]); // 32 MiB, more than anybody ever says
        Assert.Null(rank.Next());
    }

    [Fact]
    public void Who_sends_without_an_end_keeps_nobody_out()
    {
        using var endless = RawRank.To(hub);
        endless.Socket.Blocking = false;
        var sent = 0;
        while (sent < 64 << 20 && !endless.Socket.Poll(0, SelectMode.SelectError))
        {
            sent += endless.Socket.Send(new byte[1 << 16], SocketFlags.None, out var error);
            if (error is not (SocketError.Success or SocketError.WouldBlock))
                break;
        }

        Assert.True(sent < 64 << 20, "the hub takes whatever a stranger sends");
        using var rank = Come(1);
    }

    [Theory]
    [InlineData(1, 4, "17.0 after 2 restarts", 1, "rank 1 on n7 counts 4 ranks, rank 0 on n1 counts 3: were both started together?")]
    [InlineData(1, 3, "17.1 after 2 restarts", 1, "rank 1 on n7 is of job step 17.1 after 2 restarts, rank 0 on n1 of 17.0 after 2 restarts: were both started together?")]
    [InlineData(3, 3, "17.0 after 2 restarts", 1, "there is no rank 3 among 3")]
    [InlineData(-1, 3, "17.0 after 2 restarts", 1, "there is no rank -1 among 3")]
    [InlineData(1, 3, "17.0 after 2 restarts", 2, "rank 1 on n7 speaks version 2 of what ranks say to each other, rank 0 on n1 version 1: give both the same Cairn")]
    [InlineData(2, 3, "17.0 after 2 restarts", 1, "rank 2 is there already, on n1: this one on n7 is a second one")]
    public void Who_does_not_belong_to_the_job_step_is_told_why(int rank, int size, string step, long version, string why)
    {
        using var second = Come(2);
        using var raw = RawRank.To(hub, rank, Own with { WorldSize = size, Step = step, Node = "n7", Version = version });
        var answer = raw.Next();
        Assert.Equal((RankMessageKind.Refused, why), (answer?.Kind, answer?.Text));
        Assert.Null(raw.Next());
    }

    [Fact]
    public void A_rank_that_is_gone_does_not_come_again()
    {
        using var first = Come(0);
        Come(1).Dispose();
        Assert.Equal(RankMessageKind.Lost, first.Next()?.Kind);
        using var again = RawRank.To(hub, 1, Own with { Node = "n7" });
        Assert.Equal("rank 1 was there before, on n1, and is gone: it cannot come again, as this one on n7", again.Next()?.Text);
    }

    [Fact]
    public void Strangers_that_say_nothing_wait_before_the_door_and_are_closed()
    {
        var strangers = Enumerable.Range(0, 200).Select(_ => RawRank.To(hub)).ToList();
        time.Advance(TimeSpan.FromSeconds(5));
        strangers[0].Send([1]); // a byte now and then does not help
        foreach (var stranger in strangers)
        {
            while (!stranger.Socket.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead))
                time.Advance(TimeSpan.FromSeconds(6));
            Assert.Null(stranger.Next());
        }

        using var rank = Come(1);
        strangers.ForEach(stranger => stranger.Dispose());
    }

    [Fact]
    public void Many_that_come_at_once_all_come_in()
    {
        using var large = new HubServer(Own with { WorldSize = 300 }, onlyHere: true, 0, isPortFixed: false, TimeProvider.System, NullLogger.Instance);
        var ranks = Enumerable.Range(0, 300).Select(_ => RawRank.To(large)).ToList(); // before any of them says who it is
        for (var rank = 0; rank < ranks.Count; rank++)
            ranks[rank].Send((Own with { WorldSize = 300 }).ToMessage(rank));
        Assert.All(ranks, rank => Assert.Equal(RankMessageKind.Welcome, rank.Next()?.Kind));
        ranks.ForEach(rank => rank.Dispose());
    }

    [Fact]
    public void A_rank_that_does_not_read_does_not_hold_up_the_others()
    {
        using var first = Come(0);
        using var deaf = Come(1);
        using var other = Come(2);
        var large = new RankMessage(RankMessageKind.Announce) { Topic = RankTopic.Broadcast, Data = new byte[8 << 20] };
        for (var number = 0; number < 3; number++)
        {
            first.Send(large with { Number = number });
            Assert.Equal((RankMessageKind.Announce, number, 8 << 20), other.Next() is { } came ? (came.Kind, (int)came.Number, came.Data.Length) : default);
        }

        for (var number = 0; number < 3; number++)
            Assert.Equal(number, deaf.Next()?.Number); // nothing is lost for that
    }

    [Fact]
    public void A_closed_socket_is_told_at_once()
    {
        using var first = Come(0);
        using var other = Come(1);
        var dies = Come(2);
        var began = Stopwatch.GetTimestamp();
        dies.Dispose();
        Assert.Equal("rank 2 on n1: its connection is closed: the process has ended, or was killed", first.Next()?.Text);
        Assert.Equal(2, other.Next()?.Rank);
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(10)); // without a wait for any heartbeat; how fast it is stands in docs/performance.md
    }

    [Fact]
    public void A_rank_that_says_goodbye_is_not_lost()
    {
        using var first = Come(0);
        using var other = Come(1);
        using (var leaves = Come(2))
            leaves.Send(new RankMessage(RankMessageKind.Bye) { Rank = 2 });
        Assert.Equal((RankMessageKind.Bye, 2), first.Next() is { } bye ? (bye.Kind, bye.Rank) : default);
        other.Dispose();
        Assert.Equal((RankMessageKind.Lost, 1), first.Next() is { } lost ? (lost.Kind, lost.Rank) : default);
    }

    [Fact]
    public void Silence_for_a_minute_is_told()
    {
        using var first = Come(0);
        using var silent = Come(1);
        for (var seconds = 0; seconds < 60; seconds += 10)
            Beat(first);
        time.Advance(TimeSpan.FromSeconds(10));
        first.Send(new RankMessage(RankMessageKind.Beat));
        Assert.Equal("rank 1 on n1: nothing was heard of it for 1 min: its machine is gone or cut off, or the process is stopped", first.Next()?.Text);
        while (silent.Next(beats: true) is { } beat)
            Assert.Equal(RankMessageKind.Beat, beat.Kind);
    }

    /// <summary>As after a SIGSTOP and a SIGCONT of the hub's process: what the ranks have been silent since tells nothing.</summary>
    [Fact]
    public void A_hub_that_stood_still_takes_nobody_for_gone()
    {
        using var first = Come(0);
        using var other = Come(1);
        time.Advance(TimeSpan.FromHours(1));
        for (var times = 0; times < 5; times++)
            Beat(first);
        other.Send(new RankMessage(RankMessageKind.Wanted) { Purpose = RankPurpose.Stop });
        using var last = Come(2);
        Assert.Equal(RankMessageKind.Hold, other.Next()?.Kind);
    }

    [Fact]
    public void Who_comes_late_hears_what_was_decided()
    {
        using var first = Come(0);
        first.Send(new RankMessage(RankMessageKind.Announce) { Topic = RankTopic.Begin, Text = "rank 1 of 3 did not come" });
        Beat(first); // it is through
        using var late = Come(1);
        Assert.Equal((RankTopic.Begin, "rank 1 of 3 did not come"), late.Next() is { } begin ? (begin.Topic, begin.Text) : default);
    }

    [Fact]
    public void The_last_words_of_rank_0_are_handed_on_and_nothing_is_left()
    {
        using var first = Come(0);
        using var other = Come(1);
        first.Send(new RankMessage(RankMessageKind.Announce) { Topic = RankTopic.End });
        hub.Dispose();
        Assert.Equal((RankMessageKind.Announce, RankTopic.End), other.Next() is { } end ? (end.Kind, end.Topic) : default);
        Assert.Null(other.Next());
        using var late = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        Assert.Throws<SocketException>(() => late.Connect(IPAddress.Loopback, hub.Address.Port));
    }

    [Fact]
    public void A_reserved_port_that_another_program_has_is_left_to_it()
    {
        using var other = new HubServer(Own, onlyHere: true, hub.Address.Port, isPortFixed: false, time, NullLogger.Instance);
        Assert.NotEqual(hub.Address.Port, other.Address.Port);
        Assert.Throws<SocketException>(() => new HubServer(Own, onlyHere: true, hub.Address.Port, isPortFixed: true, time, NullLogger.Instance));
    }

    private RawRank Come(int rank)
    {
        var raw = RawRank.To(hub, rank, Own);
        Assert.Equal(RankMessageKind.Welcome, raw.Next()?.Kind);
        return raw;
    }

    // Ten seconds pass; the hub hears of this one, looks, and says that it is there, too.
    private void Beat(RawRank rank)
    {
        time.Advance(TimeSpan.FromSeconds(10));
        rank.Send(new RankMessage(RankMessageKind.Beat));
        Assert.Equal(RankMessageKind.Beat, rank.Next(beats: true)?.Kind);
    }
}
