using System.Collections.Concurrent;
using Cairn.Checkpoints.Threads;
using Xunit;

namespace Cairn.Tests.Checkpoints;

/// <summary>The threads that copy, hash, write and read.</summary>
public sealed class WorkerPoolTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Taken here: what is done on a kept thread must not ask whose test it is.
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;
    private readonly StoreThreads threads = new();

    public void Dispose() => threads.Dispose();

    [Fact]
    public void Every_piece_is_done_once()
    {
        var done = new int[1000];
        threads.Foreground.Run(done.Length, 5, piece => Interlocked.Increment(ref done[piece]));
        Assert.All(done, times => Assert.Equal(1, times));
    }

    [Fact]
    public void Pieces_that_wait_for_one_another_are_done_side_by_side()
    {
        using var all = new Barrier(4);
        threads.Foreground.Run(4, 4, _ => Assert.True(all.SignalAndWait(Patience, cancellation)));
    }

    [Fact]
    public void Nothing_to_do_is_done_at_once() => threads.Foreground.Run(0, 5, _ => Assert.Fail("there is no piece"));

    [Fact]
    public void An_error_ends_it_and_is_thrown()
    {
        var done = new List<int>();
        var error = Assert.Throws<IOException>(() => threads.Foreground.Run(100, 1, piece =>
        {
            done.Add(piece);
            if (piece == 10)
                throw new IOException("piece 10");
        }));
        Assert.Equal("piece 10", error.Message);
        Assert.Equal(Enumerable.Range(0, 11), done);
    }

    [Fact]
    public void The_error_of_any_thread_is_thrown()
    {
        using var all = new Barrier(3);
        var error = Assert.Throws<IOException>(() => threads.Foreground.Run(3, 3, piece =>
        {
            all.SignalAndWait(Patience, cancellation);
            if (piece == 1)
                throw new IOException("piece 1");
        }));
        Assert.Equal("piece 1", error.Message);
    }

    [Fact]
    public void As_many_threads_as_there_are_to_be_are_started_together_kept_and_ended()
    {
        using (var pool = new WorkerPool("fixed test", threads: 3))
        {
            Assert.Equal(0, Count());
            Assert.True(pool.Start());
            Await(3);
            for (var i = 0; i < 20_000; i++)
                pool.Run(8, 8, _ => { });
            Assert.Equal(3, Count());
        }

        Await(0);

        void Await(int expected) => Assert.True(SpinWait.SpinUntil(() => Count() == expected, Patience));

        static int Count() => Directory.GetDirectories("/proc/self/task").Count(IsOfPool);

        static bool IsOfPool(string thread)
        {
            try
            {
                return File.ReadAllText(Path.Combine(thread, "comm")).StartsWith("fixed test", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false; // another test's thread, which has ended
            }
        }
    }

    [Fact]
    public void What_was_posted_is_done_before_the_threads_end()
    {
        using var done = new CountdownEvent(20);
        using (var pool = new WorkerPool("end test", threads: 1))
        {
            for (var i = 0; i < 20; i++)
                Assert.NotNull(pool.TryPost(() => done.Signal()));
        }

        Assert.True(done.Wait(Patience, cancellation));
    }

    [Fact]
    public void Work_is_done_in_the_context_of_who_asked_for_it()
    {
        var context = new AsyncLocal<int>();
        for (var i = 1; i <= 20; i++)
        {
            context.Value = i;
            var seen = 0;
            using var done = new ManualResetEventSlim();
            threads.Background.TryPost(() =>
            {
                seen = context.Value;
                done.Set();
            });
            Assert.True(done.Wait(Patience, cancellation));
            Assert.Equal(i, seen);
        }
    }

    [Fact]
    public void A_thread_that_waits_keeps_nothing_of_its_last_work_alive()
    {
        var memory = Use();
        for (var tries = 0; memory.IsAlive && tries < 1000; tries++)
        {
            GC.Collect();
            Thread.Sleep(10); // the thread may be on its way back
        }

        Assert.False(memory.IsAlive);

        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        WeakReference Use()
        {
            var large = new byte[1000];
            using var done = new ManualResetEventSlim();
            threads.Background.TryPost(() =>
            {
                large[0]++;
                done.Set();
            });
            Assert.True(done.Wait(Patience, cancellation));
            return new WeakReference(large);
        }
    }

    [Fact]
    public void What_is_done_as_the_program_has_its_priority_and_its_errors_come_back()
    {
        var (own, nice, message) = (ProgramsNiceness(), -1, "");
        using var done = new ManualResetEventSlim();
        threads.Background.TryPost(() =>
        {
            WorkerPool.DoAsProgram(() => nice = Niceness());
            try
            {
                WorkerPool.DoAsProgram(() => throw new IOException("no"));
            }
            catch (IOException error)
            {
                message = error.Message;
            }

            done.Set();
        });
        Assert.True(done.Wait(Patience, cancellation));
        Assert.Equal(own, nice);
        Assert.Equal("no", message);
    }

    [Fact]
    public void No_thread_of_a_pool_starts_another_which_would_be_as_nice()
    {
        using var prompt = new WorkerPool("prompt test", threads: 1);
        var (started, asked) = (true, -1);
        using var done = new ManualResetEventSlim();
        threads.Background.TryPost(() =>
        {
            started = prompt.Start();
            done.Set();
        });
        Assert.True(done.Wait(Patience, cancellation));
        Assert.False(started);
        done.Reset();
        prompt.TryPost(() =>
        {
            asked = Niceness();
            done.Set();
        });
        Assert.True(done.Wait(Patience, cancellation));
        Assert.Equal(ProgramsNiceness(), asked);
    }

    [Fact]
    public void Work_behind_the_caller_has_a_lower_priority_and_so_has_what_it_shares_out()
    {
        var (own, behind) = (ProgramsNiceness(), new ConcurrentBag<int>());
        using var begun = new Barrier(3);
        using var ended = new ManualResetEventSlim();
        threads.Background.TryPost(() =>
        {
            threads.Foreground.Run(3, 3, _ =>
            {
                behind.Add(Niceness());
                begun.SignalAndWait(Patience, cancellation);
            });
            ended.Set();
        });
        Assert.True(ended.Wait(Patience, cancellation));
        Assert.Equal(3, behind.Count);
        Assert.All(behind, nice => Assert.Equal(Math.Max(own, 10), nice));

        var before = new ConcurrentBag<int>();
        using var three = new Barrier(3);
        threads.Foreground.Run(3, 3, _ =>
        {
            before.Add(Niceness());
            three.SignalAndWait(Patience, cancellation);
        });
        Assert.All(before, nice => Assert.Equal(own, nice));
    }

    [Fact]
    public void What_waits_behind_the_caller_keeps_nothing_else_from_being_done()
    {
        using var first = new ManualResetEventSlim();
        using var both = new CountdownEvent(2);
        threads.Background.TryPost(() =>
        {
            first.Wait(Patience, cancellation);
            both.Signal();
        });
        threads.Background.TryPost(() =>
        {
            first.Set();
            both.Signal();
        });
        Assert.True(both.Wait(Patience, cancellation));
    }

    private static int ProgramsNiceness() => Niceness("self");

    // The nineteenth field of stat, see proc(5); the name before it is in parentheses and may hold anything.
    private static int Niceness(string process = "thread-self")
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], System.Globalization.CultureInfo.InvariantCulture);
    }
}
