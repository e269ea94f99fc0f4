using System.Globalization;

namespace Cairn.TorchSharp.Tests.Zoo;

/// <summary>Two tasks of one step on one machine, with the variables that srun sets: each draws after a cut what it would have drawn without.</summary>
public sealed class RanksTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData("ranks")]
    [InlineData("ranks-in-step")]
    public void Every_rank_draws_the_numbers_of_the_run_that_was_not_cut(string training)
    {
        var straight = Path.Combine(folder.Path, "straight");
        using (var second = Start(training, straight, rank: 1, restarts: 0))
        {
            using var first = Start(training, straight, rank: 0, restarts: 0);
            Assert.Equal((0, 0), (first.WaitForEnd(), second.WaitForEnd()));
        }

        var cut = Path.Combine(folder.Path, "cut");
        for (var restarts = 0; restarts < 3; restarts++)
        {
            using var second = Start(training, cut, rank: 1, restarts);
            using var first = Start(training, cut, rank: 0, restarts);
            if (restarts < 2)
            {
                Assert.True(first.WaitForStep(12 + (restarts * 17)), first.Messages);
                first.Signal("USR2");
            }

            Assert.Equal((restarts < 2 ? ExitCodes.RequeueFailed : 0, 0), (first.WaitForEnd(), second.WaitForEnd())); // there is no scontrol here
            Assert.DoesNotContain("random", second.Messages, StringComparison.Ordinal);
        }

        foreach (var rank in new[] { 0, 1 })
        {
            var expected = Numbers(straight, rank).ToDictionary(one => one.Step, one => one.Drawn);
            Assert.Equal(60, expected.Count);
            Assert.All(Numbers(cut, rank), one => Assert.Equal((one.Step, expected[one.Step]), one));
            Assert.Equal(expected.Keys, Numbers(cut, rank).Select(one => one.Step).Distinct().Order());
        }

        Assert.Equal(training == "ranks-in-step", Numbers(straight, 0)[7] == Numbers(straight, 1)[7]);
    }

    [Fact]
    public void Ranks_that_come_at_a_resume_draw_numbers_of_their_own_and_those_that_were_there_draw_on()
    {
        var straight = Path.Combine(folder.Path, "straight");
        Attempt(straight, ranks: 2, restarts: 0, cutAfter: null);

        var cut = Path.Combine(folder.Path, "cut");
        Attempt(cut, ranks: 2, restarts: 0, cutAfter: 12);
        Assert.Contains("the checkpoint is of 2 ranks, now there are 4: from rank 2 on", Attempt(cut, ranks: 4, restarts: 1, cutAfter: 29), StringComparison.Ordinal);
        Attempt(cut, ranks: 4, restarts: 2, cutAfter: null);

        foreach (var rank in new[] { 0, 1 })
        {
            var expected = Numbers(straight, rank).ToDictionary(one => one.Step, one => one.Drawn);
            Assert.All(Numbers(cut, rank), one => Assert.Equal((one.Step, expected[one.Step]), one));
        }

        // A step that two attempts did has the same numbers in both, and no rank has another's.
        var came = Numbers(cut, 2).Min(one => one.Step);
        var drawn = Enumerable.Range(0, 4).SelectMany(rank => Numbers(cut, rank).Where(one => one.Step >= came).Distinct().Select(one => (rank, one.Step, one.Drawn))).ToList();
        Assert.Equal(4 * (60 - came), drawn.Count);
        Assert.Equal(drawn.Count, drawn.Select(one => one.Drawn).Distinct().Count());
    }

    [Fact]
    public void With_fewer_ranks_each_draws_on_and_it_is_said_that_the_others_states_are_not_used()
    {
        var straight = Path.Combine(folder.Path, "straight");
        Attempt(straight, ranks: 3, restarts: 0, cutAfter: null);
        var cut = Path.Combine(folder.Path, "cut");
        Attempt(cut, ranks: 3, restarts: 0, cutAfter: 12);
        Assert.Contains("the checkpoint has the random states of 3 ranks, now there are 2", Attempt(cut, ranks: 2, restarts: 1, cutAfter: null), StringComparison.Ordinal);
        foreach (var rank in new[] { 0, 1 })
        {
            var expected = Numbers(straight, rank).ToDictionary(one => one.Step, one => one.Drawn);
            Assert.All(Numbers(cut, rank), one => Assert.Equal((one.Step, expected[one.Step]), one));
        }
    }

    [Fact]
    public void A_save_of_rank_0_alone_has_its_state_only_and_the_others_are_derived_where_a_run_goes_on_from_it()
    {
        using (var second = Start("ranks-by-hand", folder.Path, rank: 1, restarts: 0))
        {
            using var first = Start("ranks-by-hand", folder.Path, rank: 0, restarts: 0);
            Assert.True(first.WaitForStep(12), first.Messages);
            second.Signal("KILL");
            first.Signal("KILL");
            first.WaitForEnd();
            second.WaitForEnd();
            Assert.Contains("step 10 is saved by rank 0 alone, so of 'random' its checkpoint has rank 0's state only", first.Messages, StringComparison.Ordinal);
        }

        using (var second = Start("ranks-by-hand", folder.Path, rank: 1, restarts: 1))
        {
            using var first = Start("ranks-by-hand", folder.Path, rank: 0, restarts: 1);
            Assert.Equal((0, 0), (first.WaitForEnd(), second.WaitForEnd()));
            Assert.Contains("the checkpoint has rank 0's random state alone", second.Messages, StringComparison.Ordinal);
        }

        var again = Numbers(folder.Path, 0).GroupBy(one => one.Step).Where(step => step.Count() > 1).ToList();
        Assert.Equal(10, again[0].Key);
        Assert.All(again, step => Assert.Single(step.Distinct())); // rank 0 has its own
        Assert.All(Numbers(folder.Path, 1).GroupBy(one => one.Step).Where(step => step.Count() > 1), step => Assert.Equal(2, step.Distinct().Count()));
    }

    [Fact]
    public void Plain_values_that_rank_0_would_overwrite_are_refused()
    {
        using var second = Start("plain", folder.Path, rank: 1, restarts: 0);
        using var first = Start("plain", folder.Path, rank: 0, restarts: 0);
        Assert.Equal(ExitCodes.NeverRequeue, first.WaitForEnd());
        Assert.Contains("part 'slope' may hold another value on each of the 2 ranks", first.Messages, StringComparison.Ordinal);
        Assert.Contains("TrainingRunOptions.ReplicatedValues = true", first.Messages, StringComparison.Ordinal);
    }

    public void Dispose() => folder.Dispose();

    // What the ranks said.
    private static string Attempt(string folder, int ranks, int restarts, long? cutAfter)
    {
        var all = Enumerable.Range(0, ranks).Select(rank => Start("ranks", folder, rank, restarts, ranks)).ToList();
        try
        {
            if (cutAfter is { } step)
            {
                Assert.True(all[0].WaitForStep(step), all[0].Messages);
                all[0].Signal("USR2");
            }

            Assert.Equal([cutAfter is null ? 0 : ExitCodes.RequeueFailed, .. Enumerable.Repeat(0, ranks - 1)], all.Select(rank => rank.WaitForEnd()));
            return string.Join('\n', all.Select(rank => rank.Messages));
        }
        finally
        {
            all.ForEach(rank => rank.Dispose());
        }
    }

    private static ZooProcess Start(string training, string folder, int rank, int restarts, int ranks = 2)
    {
        var empty = Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName;
        return ZooProcess.Start(
            training, Path.Combine(folder, "c"), Path.Combine(folder, "o"),
            ("PATH", empty), ("SLURM_JOB_ID", "17"), ("SLURM_STEP_ID", "0"), ("SLURM_STEP_NUM_TASKS", $"{ranks}"), ("SLURM_PROCID", $"{rank}"), ("SLURM_RESTART_COUNT", $"{restarts}"));
    }

    private static IReadOnlyList<(long Step, string Drawn)> Numbers(string folder, int rank) =>
        [.. File.ReadLines(Path.Combine(folder, "o", $"rank{rank}.txt")).Select(line => line.Split(' ')).Select(line => (long.Parse(line[0], CultureInfo.InvariantCulture), line[1]))];
}
