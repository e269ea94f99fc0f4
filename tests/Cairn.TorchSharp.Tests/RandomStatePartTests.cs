using Cairn.Checkpoints;
using Cairn.Runs;
using static TorchSharp.torch;

namespace Cairn.TorchSharp.Tests;

public sealed class RandomStatePartTests : IDisposable
{
    private readonly int threads = get_num_threads();

    public void Dispose() => set_num_threads(threads);

    [Fact]
    public void The_same_numbers_come_again()
    {
        manual_seed(5);
        Draw();
        var checkpoint = MemoryCheckpoint.Of(new RandomStatePart());
        var expected = Draw();
        Assert.NotEqual(expected, Draw());

        checkpoint.Restore(new RandomStatePart());

        Assert.Equal(expected, Draw());
    }

    [Fact]
    public void The_thread_count_is_set_again()
    {
        set_num_threads(1);
        var checkpoint = MemoryCheckpoint.Of(new RandomStatePart());
        set_num_threads(2);
        checkpoint.Restore(new RandomStatePart());
        Assert.Equal(1, get_num_threads());
    }

    [Fact]
    public void With_a_seed_the_numbers_of_a_step_depend_on_the_step_alone()
    {
        float[] Step(long seed, long step)
        {
            new RandomStatePart(seed).OnStepBegin(step);
            return Draw();
        }

        var expected = Step(3, 40);
        Draw();
        Assert.Equal(expected, Step(3, 40));
        Assert.NotEqual(expected, Step(3, 41));
        Assert.NotEqual(expected, Step(4, 40));
    }

    [Fact]
    public void Without_a_seed_the_beginning_of_a_step_changes_nothing()
    {
        Assert.SkipWhen(cuda.is_available(), "with CUDA the generators are seeded at every step");
        manual_seed(5);
        var expected = Draw();
        manual_seed(5);
        new RandomStatePart().OnStepBegin(1);
        Assert.Equal(expected, Draw());
    }

    [Fact]
    public void Where_CUDA_is_available_every_step_is_seeded_from_torchs_own_seed()
    {
        manual_seed(5);
        var part = new RandomStatePart(null, hasCuda: true);
        part.OnStepBegin(40);
        var numbers = Draw();
        new RandomStatePart(5).OnStepBegin(40);
        Assert.Equal(Draw(), numbers);
    }

    [Fact]
    public void A_run_that_was_seeded_at_every_step_goes_on_so()
    {
        var checkpoint = MemoryCheckpoint.Of(new RandomStatePart(3));
        var part = new RandomStatePart();
        checkpoint.Restore(part);
        part.OnStepBegin(40);
        var numbers = Draw();
        new RandomStatePart(3).OnStepBegin(40);
        Assert.Equal(Draw(), numbers);
    }

    [Fact]
    public void Another_seed_is_a_difference()
    {
        var checkpoint = MemoryCheckpoint.Of(new RandomStatePart(3));
        Assert.Equal(["the generators are seeded at every step from 4, in the checkpoint from 3"], checkpoint.Differences(new RandomStatePart(4)));
    }

    [Fact]
    public void A_state_of_another_size_is_a_difference_and_never_reaches_torch()
    {
        var state = new PartRecord("random", [new TensorInfo("cpu", DType.UInt8, [5055])], new RandomStatePart().Describe().Values);
        Assert.Equal(["cpu is uint8 [5056], in the checkpoint uint8 [5055]"], new RandomStatePart().FindDifferences(state));
    }

    [Fact]
    public void A_record_without_values_is_a_difference()
    {
        var state = new PartRecord("random", [new TensorInfo("cpu", DType.UInt8, [5056])], new Dictionary<string, PartValue>(StringComparer.Ordinal));
        Assert.Equal(2, new RandomStatePart().FindDifferences(state).Count());
    }

    [Fact]
    public void Ranks_that_come_to_a_run_get_seeds_of_their_own_and_the_others_keep_theirs()
    {
        using var folder = new TemporaryFolder();
        var two = Attempt(folder.Path, ranks: 2, ranksBefore: null, step: 0, rank => 100 + rank);
        var four = Attempt(folder.Path, ranks: 4, ranksBefore: 2, step: 30, rank => 100 + rank);
        Assert.Equal(two.Drawn[1], four.Drawn[1]);
        Assert.Equal(4, four.Drawn.Select(numbers => string.Join(' ', numbers)).Distinct().Count());
        Assert.Equal(
            [
                "ranks that began with another seed than rank 0 draw their random numbers from that seed and the step's number, for rank 0's generator alone is saved",
                "the checkpoint is of 2 ranks, now there are 4: from rank 2 on they draw their random numbers from seeds that are made of the run's, step 30 and the rank",
            ],
            four.Remarks);

        // Gone on with one rank more, from another step, with other seeds by the program: those that were there draw what they drew.
        var five = Attempt(folder.Path, ranks: 5, ranksBefore: 4, step: 40, rank => 700 + rank);
        Assert.Equal(four.Drawn[1..], five.Drawn[1..4]);
        Assert.StartsWith("the checkpoint is of 4 ranks, now there are 5: from rank 4 on", five.Remarks[1]);
        Assert.Equal(2, five.Remarks.Count);

        // One that was away has its seed still; only the last has none.
        Attempt(folder.Path, ranks: 2, ranksBefore: 5, step: 50, rank => 100 + rank);
        var six = Attempt(folder.Path, ranks: 6, ranksBefore: 2, step: 60, rank => 100 + rank);
        Assert.Equal(five.Drawn[1..], six.Drawn[1..5]);
        Assert.StartsWith("the checkpoint is of 2 ranks, now there are 6: from rank 5 on", six.Remarks[1]);
    }

    [Fact]
    public void A_new_rank_gets_another_seed_at_another_step_and_in_another_run()
    {
        string Third(long seed, long step)
        {
            using var folder = new TemporaryFolder();
            Attempt(folder.Path, ranks: 2, ranksBefore: null, step: 0, rank => seed + rank);
            return string.Join(' ', Attempt(folder.Path, ranks: 3, ranksBefore: 2, step, rank => seed + rank).Drawn[2]);
        }

        Assert.Equal(Third(100, 30), Third(100, 30));
        Assert.Equal(3, new[] { Third(100, 30), Third(100, 31), Third(101, 30) }.Distinct().Count());
    }

    [Fact]
    public void Where_all_ranks_begin_with_one_seed_a_new_one_draws_what_rank_0_draws()
    {
        using var folder = new TemporaryFolder();
        Attempt(folder.Path, ranks: 2, ranksBefore: null, step: 0, _ => 100);
        var three = Attempt(folder.Path, ranks: 3, ranksBefore: 2, step: 30, _ => 100);
        Assert.Single(three.Drawn.Select(numbers => string.Join(' ', numbers)).Distinct());
        Assert.Empty(three.Remarks);
    }

    [Fact]
    public void A_seed_that_is_given_for_each_rank_is_its_own()
    {
        using var folder = new TemporaryFolder();
        var checkpoint = MemoryCheckpoint.Of(new RandomStatePart(50));
        var second = new RandomStatePart(51);
        var seeds = new RankSeeds(folder.Path, rank: 1, worldSize: 2);
        ((IKnowsRanks)second).BeforeRestore(seeds);
        checkpoint.Restore(second);
        Assert.Empty(((IKnowsRanks)second).AfterRestore(seeds, 40));
        second.OnStepBegin(40);
        var numbers = Draw();
        new RandomStatePart(51).OnStepBegin(40);
        Assert.Equal(Draw(), numbers);
    }

    [Fact]
    public async Task A_rank_waits_for_the_seed_of_rank_0_before_it_takes_its_own_for_another()
    {
        using var folder = new TemporaryFolder();
        manual_seed(100);
        IKnowsRanks second = new RandomStatePart(null, hasCuda: false);
        var seeds = new RankSeeds(folder.Path, rank: 1, worldSize: 2);
        second.BeforeRestore(seeds);
        var after = Task.Run(() => second.AfterRestore(seeds, 0).ToList(), TestContext.Current.CancellationToken);
        await Task.WhenAny(after, Task.Delay(300, TestContext.Current.CancellationToken));
        Assert.False(after.IsCompleted, "it did not wait");

        new RankSeeds(folder.Path, rank: 0, worldSize: 2).Keep(100); // shown late by a shared file system, say
        Assert.Empty(await after);
    }

    [Fact]
    public void Where_each_rank_s_state_is_saved_those_that_were_there_go_on_with_it_and_new_ones_are_derived()
    {
        using var folder = new TemporaryFolder();
        List<MemoryCheckpoint> saved = [];
        var next = new float[4][];
        for (var rank = 0; rank < 2; rank++)
        {
            manual_seed(100 + rank);
            Draw();
            saved.Add(MemoryCheckpoint.Of(new RandomStatePart(null, hasCuda: false)));
            next[rank] = Draw();
        }

        new RankSeeds(folder.Path, rank: 0, worldSize: 2).Keep(100);
        var (remarks, drawn) = Adopt(folder.Path, ranks: 4, statesBefore: 2, step: 30, saved);
        Assert.Equal(next[..2], drawn[..2]);
        Assert.Equal(4, drawn.Select(numbers => string.Join(' ', numbers)).Distinct().Count());
        Assert.Equal(["the checkpoint is of 2 ranks, now there are 4: from rank 2 on their random states are derived from the run's seed, step 30 and the rank"], remarks);
        Assert.Equal(drawn, Adopt(folder.Path, ranks: 4, statesBefore: 2, step: 30, saved).Drawn);
        Assert.NotEqual(drawn[2..], Adopt(folder.Path, ranks: 4, statesBefore: 2, step: 31, saved).Drawn[2..]);

        (remarks, drawn) = Adopt(folder.Path, ranks: 1, statesBefore: 2, step: 30, saved);
        Assert.Equal(next[0], drawn[0]);
        Assert.Equal(["the checkpoint has the random states of 2 ranks, now there are 1: these go on with their own, the others' are not used"], remarks);
    }

    [Fact]
    public void Where_rank_0_saved_alone_the_others_states_are_derived_and_that_is_said()
    {
        using var folder = new TemporaryFolder();
        manual_seed(100);
        new RankSeeds(folder.Path, rank: 0, worldSize: 2).Keep(100);
        var (remarks, drawn) = Adopt(folder.Path, ranks: 2, statesBefore: 0, step: 30, [MemoryCheckpoint.Of(new RandomStatePart(null, hasCuda: false))], ranksBefore: 2);
        Assert.NotEqual(drawn[0], drawn[1]);
        Assert.StartsWith("the checkpoint has rank 0's random state alone", Assert.Single(remarks), StringComparison.Ordinal);
    }

    // One rank after the other, as if each were a process of its own, where all states are saved; what each draws next.
    private static (IReadOnlyList<string> Remarks, float[][] Drawn) Adopt(string folder, int ranks, int statesBefore, long step, List<MemoryCheckpoint> saved, int? ranksBefore = null)
    {
        var (remarks, drawn) = (new List<string>(), new float[ranks][]);
        for (var rank = 0; rank < ranks; rank++)
        {
            manual_seed(700 + rank);
            var part = new RandomStatePart(null, hasCuda: false);
            var seeds = new RankSeeds(folder, rank, ranks) { AreStatesSaved = true, RanksBefore = ranksBefore ?? statesBefore, StatesBefore = statesBefore };
            ((IKnowsRanks)part).BeforeRestore(seeds);
            saved[rank < saved.Count ? rank : 0].Restore(part);
            remarks.AddRange(((IKnowsRanks)part).AfterRestore(seeds, step));
            part.OnStepBegin(70);
            drawn[rank] = Draw();
        }

        return (remarks, drawn);
    }

    // One rank after the other, as if each were a process of its own; what each draws in step 70.
    private static (IReadOnlyList<string> Remarks, float[][] Drawn) Attempt(string folder, int ranks, int? ranksBefore, long step, Func<int, long> seed)
    {
        manual_seed(seed(0));
        var checkpoint = MemoryCheckpoint.Of(new RandomStatePart(null, hasCuda: false));
        var (remarks, drawn) = (new List<string>(), new float[ranks][]);
        for (var rank = 0; rank < ranks; rank++)
        {
            manual_seed(seed(rank));
            var part = new RandomStatePart(null, hasCuda: false);
            var seeds = new RankSeeds(folder, rank, ranks);
            ((IKnowsRanks)part).BeforeRestore(seeds);
            checkpoint.Restore(part);
            seeds.RanksBefore = ranksBefore;
            remarks.AddRange(((IKnowsRanks)part).AfterRestore(seeds, step));
            part.OnStepBegin(70);
            drawn[rank] = Draw();
        }

        return (remarks, drawn);
    }

    private static float[] Draw()
    {
        using var numbers = randn(8);
        return [.. numbers.data<float>()];
    }
}
