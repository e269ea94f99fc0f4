using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Cairn.Ranks;
using Cairn.Tests.Runs;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Cairn.Tests.Ranks;

/// <summary>Ranks with the hub among them, in one process, by real sockets; and a rank whose hub is played by hand.</summary>
public sealed class RankGroupTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly Greeting Own = new("0123456789abcdef", 4, "17.0", "n1", 1);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Ranks_that_run_apart_save_and_stop_at_one_step()
    {
        using var ranks = new Together(4);
        var done = new ConcurrentBag<(int Rank, RankPurpose Purpose, long Step)>();
        using var saved = new CountdownEvent(8);
        var trainings = ranks.Groups.Select(group => new Thread(() =>
        {
            for (var step = 1L; ; step++)
            {
                Thread.SpinWait(100 * (group.Rank + 1)); // each at its own pace
                if (group.Pass(step) is not { } due)
                    continue;
                done.Add((group.Rank, due.Purpose, step));
                if (due.Step != step || due.Purpose == RankPurpose.Stop)
                    return;
                saved.Signal();
            }
        })).ToList();
        trainings.ForEach(training => training.Start());
        ranks.Groups[3].Want(RankPurpose.Save, "10 min are over");
        Assert.True(SpinWait.SpinUntil(() => saved.CurrentCount == 4, Limit));
        ranks.Groups[3].Want(RankPurpose.Save, "10 min more are over"); // not only once
        Assert.True(saved.Wait(Limit, Cancel));
        ranks.Groups[1].Want(RankPurpose.Stop, "USR2");
        ranks.Groups[2].Want(RankPurpose.Stop, "USR2");
        trainings.ForEach(training => Assert.True(training.Join(Limit)));
        var steps = done.GroupBy(one => (one.Step, one.Purpose)).OrderBy(group => group.Key.Step).ToList();
        Assert.Equal([RankPurpose.Save, RankPurpose.Save, RankPurpose.Stop], steps.Select(step => step.Key.Purpose));
        Assert.All(steps, step => Assert.Equal(4, step.Select(one => one.Rank).Distinct().Count()));
    }

    [Fact]
    public void All_complete_at_the_step_at_which_all_do()
    {
        using var ranks = new Together(3);
        var trainings = ranks.Groups.Select(group => new Thread(() =>
        {
            for (var step = 1L; step <= 5; step++)
                Assert.Null(group.Pass(step));
            Assert.Equal((RankPurpose.Complete, 6), group.PassAsLast(6) is { } due ? (due.Purpose, due.Step) : default);
        })).ToList();
        trainings.ForEach(training => training.Start());
        trainings.ForEach(training => Assert.True(training.Join(Limit)));
    }

    [Fact]
    public void A_barrier_names_who_did_not_come()
    {
        using var ranks = new Together(3);
        AllAtOnce(ranks.Groups, group => group.Barrier(0, Limit));
        AllAtOnce(ranks.Groups.Take(2), group =>
        {
            var missing = Assert.Throws<RankException>(() => group.Barrier(1, TimeSpan.FromSeconds(0.5)));
            Assert.Equal(("rank 2 did not come to the barrier within 500 ms", 2), (missing.Message, Assert.Single(missing.Missing)));
        });
    }

    [Fact]
    public void What_rank_0_sends_comes_to_all()
    {
        using var ranks = new Together(3);
        AllAtOnce(ranks.Groups, group =>
        {
            var control = new RankControl(() => group);
            for (byte number = 0; number < 3; number++)
                Assert.Equal([number, 7], control.Broadcast(group.Rank == 0 ? [number, 7] : [], Limit));
        });
    }

    [Fact]
    public async Task A_rank_that_is_gone_is_told_to_all_and_the_rest_goes_on()
    {
        using var ranks = new Together(3);
        ranks.Groups[2].Dispose();
        Assert.Equal((2, "rank 2 on n1: its connection is closed: the process has ended, or was killed"), await ranks.Lost[0].Reader.ReadAsync(Cancel));
        Assert.Equal(2, (await ranks.Lost[1].Reader.ReadAsync(Cancel)).Rank);
        ranks.Groups[1].Want(RankPurpose.Stop, "USR2");
        AllAtOnce(ranks.Groups.Take(2), group =>
        {
            var step = 1L;
            while (group.Pass(step) is null)
                step++;
        });
    }

    [Fact]
    public void Nobody_waits_at_a_boundary_for_a_hub_that_is_gone()
    {
        using var listener = new Listener();
        using var rank = listener.Connect(TimeProvider.System, out var hub, out var lost);
        hub.Send(new RankMessage(RankMessageKind.Hold) { Number = 1 });
        Assert.Equal((RankMessageKind.Passed, 1), hub.Next() is { } answer ? (answer.Kind, answer.Number) : default);
        var training = new Thread(() => rank.Pass(1));
        training.Start();
        hub.Dispose();
        Assert.True(training.Join(Limit));
        Assert.Equal((0, "rank 0: its connection is closed: the process has ended, or was killed"), lost.Take(Cancel));
        Assert.NotNull(rank.HubLost);
    }

    [Fact]
    public void Silence_of_the_hub_for_a_minute_is_told()
    {
        using var listener = new Listener();
        using var rank = listener.Connect(new FastTime(10), out var hub, out var lost);
        Assert.Equal((0, "rank 0: nothing was heard of it for 1 min: its machine is gone or cut off, or the process is stopped"), lost.Take(Cancel));
        Assert.Equal(RankMessageKind.Beat, hub.Next(beats: true)?.Kind);
    }

    [Fact]
    public void A_rank_says_that_it_is_there_when_the_hub_does()
    {
        using var listener = new Listener();
        using var rank = listener.Connect(new FakeTimeProvider(), out var hub, out _);
        hub.Send(new RankMessage(RankMessageKind.Beat));
        Assert.Equal(RankMessageKind.Beat, hub.Next(beats: true)?.Kind);
    }

    /// <summary>As after a SIGSTOP and a SIGCONT of this process.</summary>
    [Fact]
    public void A_rank_that_stood_still_does_not_take_the_hub_for_gone()
    {
        var time = new FakeTimeProvider();
        using var listener = new Listener();
        using var rank = listener.Connect(time, out var hub, out var lost);
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(RankMessageKind.Beat, hub.Next(beats: true)?.Kind); // it has looked, and says that it is there
        hub.Send(new RankMessage(RankMessageKind.Hold) { Number = 1 });
        Assert.Equal(RankMessageKind.Passed, hub.Next()?.Kind);
        Assert.Empty(lost);
    }

    [Fact]
    public void Hosts_are_tried_in_turn()
    {
        using var hub = Hub(2);
        using var rank = Connect(hub.Address with { Hosts = ["no-such-host.invalid", "127.0.0.2", "127.0.0.1"] }, 1, 2, out _);
        Assert.NotNull(rank);
    }

    [Fact]
    public void By_both_families()
    {
        using var hub = new HubServer(Own with { WorldSize = 3 }, onlyHere: false, 0, isPortFixed: false, TimeProvider.System, NullLogger.Instance);
        using var four = Connect(hub.Address with { Hosts = ["127.0.0.1"] }, 1, 3, out _);
        Assert.NotNull(four);
        if (!Socket.OSSupportsIPv6)
            return;
        using var six = Connect(hub.Address with { Hosts = ["::1"] }, 2, 3, out _);
        Assert.NotNull(six);
    }

    [Fact]
    public void Who_is_not_reached_is_named()
    {
        using var hub = Hub(2);
        hub.Dispose();
        Assert.Null(Connect(hub.Address with { Hosts = ["127.0.0.1", "127.0.0.2"] }, 1, 2, out var problem));
        Assert.Equal($"port {hub.Address.Port} at 127.0.0.1: Connection refused; 127.0.0.2: Connection refused", problem);
    }

    [Fact]
    public void A_wrong_token_and_a_wrong_world_size_are_told_apart()
    {
        using var hub = Hub(2);
        Assert.Null(Connect(hub.Address with { Token = "another" }, 1, 2, out var problem));
        Assert.EndsWith("127.0.0.1: something listens there that is not this run's rank 0", problem, StringComparison.Ordinal);
        var refused = Assert.Throws<RankException>(() => Connect(hub.Address, 1, 3, out _));
        Assert.StartsWith("rank 1 on n1 counts 3 ranks, rank 0 on n1 counts 2", refused.Message, StringComparison.Ordinal);
    }

    private static HubServer Hub(int size) => new(Own with { WorldSize = size }, onlyHere: true, 0, isPortFixed: false, TimeProvider.System, NullLogger.Instance);

    private static RankGroup? Connect(ControlAddress address, int rank, int size, out string problem) =>
        RankGroup.Connect(null, address, Own with { WorldSize = size, Token = address.Token }, rank, Limit, TimeProvider.System, out problem);

    private static void AllAtOnce(IEnumerable<RankGroup> groups, Action<RankGroup> what) => Task.WaitAll([.. groups.Select(group => Task.Factory.StartNew(
        () => what(group), Cancel, TaskCreationOptions.LongRunning, TaskScheduler.Default))]);

    /// <summary>All ranks of a job step.</summary>
    private sealed class Together : IDisposable
    {
        public Together(int size)
        {
            var hub = Hub(size);
            Lost = [.. Enumerable.Range(0, size).Select(_ => Channel.CreateUnbounded<(int, string)>())];
            Groups = [.. Enumerable.Range(0, size).Select(rank =>
            {
                var greeting = Own with { WorldSize = size };
                var group = RankGroup.Connect(rank == 0 ? hub : null, hub.Address, greeting, rank, Limit, TimeProvider.System, out var problem) ?? throw new InvalidOperationException(problem);
                group.Start(_ => { }, (lost, why) => Lost[rank].Writer.TryWrite((lost, why)), _ => { });
                return group;
            })];
        }

        public List<RankGroup> Groups { get; }

        /// <summary>What each rank is told; written to also behind the end of a test, which is a loss of the hub to the ranks that end after it.</summary>
        public List<Channel<(int Rank, string Why)>> Lost { get; }

        public void Dispose() => Groups.ForEach(group => group.Dispose());
    }

    /// <summary>A hub by hand.</summary>
    private sealed class Listener : IDisposable
    {
        private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

        public Listener()
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            socket.Listen();
        }

        public RankGroup Connect(TimeProvider time, out RawRank hub, out BlockingCollection<(int, string)> lost)
        {
            var address = new ControlAddress(["127.0.0.1"], ((IPEndPoint)socket.LocalEndPoint!).Port, Own.Token);
            var connecting = Task.Run(() => RankGroup.Connect(null, address, Own, 1, Limit, time, out _), Cancel);
            hub = new RawRank(socket.Accept());
            Assert.Equal(RankMessageKind.Hello, hub.Next()?.Kind);
            hub.Send(new RankMessage(RankMessageKind.Welcome) { Rank = 1 });
            var told = lost = [];
            var group = connecting.GetAwaiter().GetResult()!;
            group.Start(_ => { }, (rank, why) => told.Add((rank, why)), _ => { });
            return group;
        }

        public void Dispose() => socket.Dispose();
    }
}
