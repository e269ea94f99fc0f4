using System.Collections.Concurrent;
using Cairn.Checkpoints;
using Xunit;

namespace Cairn.Tests.Checkpoints;

/// <summary>The threads that copy, hash, write and read.</summary>
public sealed class WorkersTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public void Every_piece_is_done_once()
    {
        var done = new int[1000];
        Workers.Do(done.Length, 5, piece => Interlocked.Increment(ref done[piece]));
        Assert.All(done, times => Assert.Equal(1, times));
    }

    [Fact]
    public void Pieces_that_wait_for_one_another_are_done_side_by_side()
    {
        using var all = new Barrier(4);
        Workers.Do(4, 4, _ => Assert.True(all.SignalAndWait(Patience, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public void Nothing_to_do_is_done_at_once() => Workers.Do(0, 5, _ => Assert.Fail("there is no piece"));

    [Fact]
    public void An_error_ends_it_and_is_thrown()
    {
        var done = 0;
        var error = Assert.Throws<IOException>(() => Workers.Do(1_000_000, 3, piece =>
        {
            Interlocked.Increment(ref done);
            if (piece == 10)
                throw new IOException("piece 10");
        }));
        Assert.Equal("piece 10", error.Message);
        Assert.InRange(done, 11, 999_999);
    }

    [Fact]
    public void Threads_are_kept()
    {
        var threads = new ConcurrentDictionary<int, bool>();
        for (var i = 0; i < 500; i++)
            Workers.Do(8, 4, _ => threads[Environment.CurrentManagedThreadId] = true);
        Assert.InRange(threads.Count, 1, 100);
    }

    [Fact]
    public void Work_behind_the_caller_has_a_lower_priority_and_so_has_what_it_shares_out()
    {
        var (own, behind) = (Niceness(), new ConcurrentBag<int>());
        using var begun = new Barrier(3);
        using var ended = new ManualResetEventSlim();
        Workers.DoBehind(() =>
        {
            Workers.Do(3, 3, _ =>
            {
                behind.Add(Niceness());
                begun.SignalAndWait(Patience, TestContext.Current.CancellationToken);
            });
            ended.Set();
        });
        Assert.True(ended.Wait(Patience, TestContext.Current.CancellationToken));
        Assert.Equal(3, behind.Count);
        Assert.All(behind, nice => Assert.Equal(Math.Min(own + 10, 19), nice));

        var before = new ConcurrentBag<int>();
        using var three = new Barrier(3);
        Workers.Do(3, 3, _ =>
        {
            before.Add(Niceness());
            three.SignalAndWait(Patience, TestContext.Current.CancellationToken);
        });
        Assert.All(before, nice => Assert.Equal(own, nice));
    }

    [Fact]
    public void What_waits_behind_the_caller_keeps_nothing_else_from_being_done()
    {
        using var first = new ManualResetEventSlim();
        using var both = new CountdownEvent(2);
        Workers.DoBehind(() =>
        {
            first.Wait(Patience, TestContext.Current.CancellationToken);
            both.Signal();
        });
        Workers.DoBehind(() =>
        {
            first.Set();
            both.Signal();
        });
        Assert.True(both.Wait(Patience, TestContext.Current.CancellationToken));
    }

    // The nineteenth field of stat, see proc(5); the name before it is in parentheses and may hold anything.
    private static int Niceness()
    {
        var stat = File.ReadAllText("/proc/thread-self/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], System.Globalization.CultureInfo.InvariantCulture);
    }
}
