using Cairn.Checkpoints;
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

    private static float[] Draw()
    {
        using var numbers = randn(8);
        return [.. numbers.data<float>()];
    }
}
