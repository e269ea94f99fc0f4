using System.Diagnostics;
using System.Globalization;
using Cairn.Tests.Checkpoints;

namespace Cairn.Tests.Properties;

/// <summary>
/// Random programs: steps, saves, reports, stops at any moment, failures, kills, several attempts at once, and hands that are laid on the
/// folder. Whatever happens, a run resumes from the newest checkpoint that belongs to it, with the state of that very step, or says why
/// not; what is on the disk is what its name says; and every run ends. 10,000 programs in the long form, others each time; CAIRN_SEED=N
/// plays that one alone.
/// </summary>
public sealed class RunPropertyTests
{
    private const int Workers = 2;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private static readonly int Count = LongForm.IsOn ? 10_000 : 200;

    [Fact]
    public void Whatever_happens_to_a_run_its_promises_hold()
    {
        if (Environment.GetEnvironmentVariable("CAIRN_SEED") is { Length: > 0 } given)
        {
            Fail(ulong.Parse(given, CultureInfo.InvariantCulture));
            return;
        }

        var first = (ulong)Random.Shared.NextInt64(1_000_000_000);
        ulong? failed = null;
        var next = -1;
        var workers = Enumerable.Range(0, Workers).Select(_ => new Thread(() =>
        {
            while (Volatile.Read(ref next) is var at && at < Count && failed is null && Interlocked.Increment(ref next) is var mine && mine < Count)
            {
                var seed = first + (ulong)mine;
                if (World.WhatIsWrong(RandomProgram.Of(seed), Limit) is not null)
                    failed ??= seed;
            }
        })).ToList();
        workers.ForEach(worker => worker.Start());
        workers.ForEach(worker => worker.Join());
        if (failed is { } seed)
            Fail(seed);
    }

    private static void Fail(ulong seed)
    {
        var program = RandomProgram.Of(seed);
        if (World.WhatIsWrong(program, Limit) is not { } wrong)
        {
            Assert.Null(Environment.GetEnvironmentVariable("CAIRN_SEED") is null ? $"the program of seed {seed} failed, and then did not:\n{program}" : null);
            return;
        }

        (program, wrong) = Smaller(program, wrong);
        Assert.Fail($"seed {seed} (CAIRN_SEED={seed} plays it alone); what is left of its program when nothing can be left out:\n{program}\n{wrong}");
    }

    /// <summary>Leaves out lines, several at once and then one at a time, as long as something is wrong without them.</summary>
    private static (RandomProgram Program, string Wrong) Smaller(RandomProgram program, string wrong)
    {
        var began = Stopwatch.GetTimestamp();
        var limit = wrong.StartsWith("it hangs", StringComparison.Ordinal) ? TimeSpan.FromSeconds(5) : Limit;
        for (var length = program.Lines.Count / 2; length > 0; length = length == 1 && LeaveOut(1) ? 1 : length / 2)
        {
            while (length > 1 && LeaveOut(length))
            {
                // Once more.
            }
        }

        return (program, wrong);

        bool LeaveOut(int length)
        {
            var any = false;
            for (var at = program.Lines.Count - length; at >= 0 && Stopwatch.GetElapsedTime(began) < TimeSpan.FromMinutes(2); at--)
            {
                var without = program with { Lines = [.. program.Lines.Take(at), .. program.Lines.Skip(at + length)] };
                if (World.WhatIsWrong(without, limit) is { } still)
                    (program, wrong, any) = (without, still, true);
            }

            return any;
        }
    }
}
