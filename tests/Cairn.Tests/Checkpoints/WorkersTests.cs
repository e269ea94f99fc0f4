using System.Collections.Concurrent;
using Cairn.Checkpoints;
using Xunit;

namespace Cairn.Tests.Checkpoints;

/// <summary>The threads that copy, hash, write and read.</summary>
public sealed class WorkersTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Taken here: what is done on a kept thread must not ask whose test it is.
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

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
        Workers.Do(4, 4, _ => Assert.True(all.SignalAndWait(Patience, cancellation)));
    }

    [Fact]
    public void Nothing_to_do_is_done_at_once() => Workers.Do(0, 5, _ => Assert.Fail("there is no piece"));

    [Fact]
    public void An_error_ends_it_and_is_thrown()
    {
        var done = new List<int>();
        var error = Assert.Throws<IOException>(() => Workers.Do(100, 1, piece =>
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
        var error = Assert.Throws<IOException>(() => Workers.Do(3, 3, piece =>
        {
            all.SignalAndWait(Patience, cancellation);
            if (piece == 1)
                throw new IOException("piece 1");
        }));
        Assert.Equal("piece 1", error.Message);
    }

    [Fact]
    public void Threads_are_kept_and_no_more_of_them_than_there_is_work()
    {
        for (var i = 0; i < 20_000; i++)
            Workers.Do(8, 4, _ => { });
        Assert.InRange(Directory.GetDirectories("/proc/self/task").Count(IsWorker), 1, 100);

        static bool IsWorker(string thread)
        {
            try
            {
                return File.ReadAllText(Path.Combine(thread, "comm")).StartsWith("cairn worker", StringComparison.Ordinal);
            }
            catch (IOException)
            {
                return false; // another test's thread, which has ended
            }
        }
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
            Workers.DoBehind(() =>
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
            Workers.DoBehind(() =>
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
        Workers.DoBehind(() =>
        {
            Workers.DoAsProgram(() => nice = Niceness());
            try
            {
                Workers.DoAsProgram(() => throw new IOException("no"));
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
    public void A_thread_that_a_nicer_one_asked_for_is_no_nicer_for_that()
    {
        var (prompt, yielding) = (new Crew("prompt test", nice: 0), new Crew("yielding test", nice: 10));
        var (asking, asked) = (-1, -1);
        using var done = new ManualResetEventSlim();
        yielding.Post(() =>
        {
            asking = Niceness();
            prompt.Post(() =>
            {
                asked = Niceness();
                done.Set();
            });
        });
        Assert.True(done.Wait(Patience, cancellation));
        Assert.Equal(Math.Max(ProgramsNiceness(), 10), asking);
        Assert.Equal(ProgramsNiceness(), asked);
    }

    [Fact]
    public void Work_behind_the_caller_has_a_lower_priority_and_so_has_what_it_shares_out()
    {
        var (own, behind) = (ProgramsNiceness(), new ConcurrentBag<int>());
        using var begun = new Barrier(3);
        using var ended = new ManualResetEventSlim();
        Workers.DoBehind(() =>
        {
            Workers.Do(3, 3, _ =>
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
        Workers.Do(3, 3, _ =>
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
        Workers.DoBehind(() =>
        {
            first.Wait(Patience, cancellation);
            both.Signal();
        });
        Workers.DoBehind(() =>
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
