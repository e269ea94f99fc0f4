using TorchTrainer;
using static TorchSharp.torch;

namespace Cairn.TorchSharp.Tests;

/// <summary>A training that is cut and goes on with new objects ends with the same bytes as one that nobody cut.</summary>
public sealed class ExactResumeTests
{
    private const int Steps = 17;

    public static TheoryData<string> Setups => [.. Setup.All.Select(setup => setup.Name)];

    // Batches in an epoch: 5. Right after the start; within an epoch; on its edges; in the step before and after; at the end.
    private static readonly int[][] Cuts = [[0], [1], [2, 3], [4, 5, 6], [7, 13], [9, 10, 11, 15], [17]];

    [Theory]
    [MemberData(nameof(Setups))]
    public void Cut_anywhere_training_ends_with_the_same_bytes(string name)
    {
        var setup = Setup.Named(name);
        var expected = Run(setup, []);
        foreach (var cuts in Cuts)
            Run(setup, cuts).ShouldEqual(expected);
    }

    [Theory]
    [MemberData(nameof(Setups))]
    public void Cut_at_random_places_training_ends_with_the_same_bytes(string name)
    {
        var setup = Setup.Named(name);
        // A seed of the name's own, so that a failure comes again.
        var random = new Random(name.Sum(letter => letter * 31));
        int[] cuts = [.. Enumerable.Range(0, Steps + 1).Where(_ => random.NextDouble() < 0.4)];
        Run(setup, cuts).ShouldEqual(Run(setup, []));
    }

    [Theory]
    [InlineData("one-cycle-momentum")]
    [InlineData("one-cycle-beta1")]
    [InlineData("cyclic")]
    [InlineData("sequential-3")]
    [InlineData("plateau")]
    public void The_order_in_which_parts_are_restored_does_not_matter(string name)
    {
        var setup = Setup.Named(name);
        Run(setup, [3, 8], restoreBackwards: true).ShouldEqual(Run(setup, []));
    }

    [Fact]
    public void The_straight_run_depends_on_what_the_test_is_about()
    {
        // Guards the test itself: were any of these lost at a cut, the bytes would have to differ.
        var setup = Setup.Named("adam");
        var training = new Training(setup, seed: 1);
        var before = MemoryCheckpoint.Of(training.Parts());
        for (var step = 0; step < Steps; step++)
            Step(training, step);
        var after = MemoryCheckpoint.Of(training.Parts());
        Assert.All(before.Tensors.Where(tensor => !tensor.Key.Contains("frozen", StringComparison.Ordinal)), tensor =>
            Assert.NotEqual(tensor.Value, after.Tensors[tensor.Key]));
    }

    private static MemoryCheckpoint Run(Setup setup, int[] cuts, bool restoreBackwards = false)
    {
        var training = new Training(setup, seed: 1);
        for (var step = 0; step < Steps; step++)
        {
            if (cuts.Contains(step))
                training = Resume(setup, training, seed: 100 + step, restoreBackwards);
            Step(training, step);
        }

        if (cuts.Contains(Steps))
            training = Resume(setup, training, seed: 99, restoreBackwards);
        return MemoryCheckpoint.Of(training.Parts());
    }

    private static Training Resume(Setup setup, Training training, long seed, bool backwards)
    {
        var checkpoint = MemoryCheckpoint.Of(training.Parts());
        var next = new Training(setup, seed);
        // A program may well restore inside a scope of its own: what is restored has to outlive it.
        using (NewDisposeScope())
            checkpoint.Restore(backwards ? next.Parts().Reverse().ToDictionary() : next.Parts());
        return next;
    }

    private static void Step(Training training, int step)
    {
        using var batch = training.Loader.At(step);
        training.Step(batch);
    }
}
