using Cairn.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.optim;
using static TorchSharp.torch.optim.lr_scheduler;

namespace Cairn.TorchSharp.Tests;

public sealed class SchedulerPartTests : IDisposable
{
    private readonly Linear model = Linear(4, 3);
    private readonly SGD optimizer;

    public SchedulerPartTests() => optimizer = SGD(model.parameters(), 0.1, momentum: 0.9);

    public void Dispose()
    {
        optimizer.Dispose();
        model.Dispose();
    }

    [Fact]
    public void Counters_and_rates_come_back()
    {
        var scheduler = StepLR(optimizer, 2);
        for (var step = 0; step < 5; step++)
            scheduler.step();
        var checkpoint = MemoryCheckpoint.Of(new SchedulerPart(scheduler));

        var next = StepLR(optimizer, 2);
        checkpoint.Restore(new SchedulerPart(next));

        checkpoint.ShouldEqual(MemoryCheckpoint.Of(new SchedulerPart(next)));
        Assert.Equal(PartValue.From(5L), checkpoint.Records["part"].Values["last_epoch"]);
        Assert.Equal(scheduler.get_last_lr(), next.get_last_lr());
    }

    [Fact]
    public void Restoring_touches_neither_the_optimizer_nor_needs_it_restored_before()
    {
        var scheduler = OneCycleLR(optimizer, 0.1, total_steps: 20);
        scheduler.step();
        var checkpoint = MemoryCheckpoint.Of(new SchedulerPart(scheduler));
        var options = MemoryCheckpoint.Of(new OptimizerPart(optimizer));
        checkpoint.Restore(new SchedulerPart(scheduler));
        options.ShouldEqual(MemoryCheckpoint.Of(new OptimizerPart(optimizer)));
    }

    [Fact]
    public void A_fresh_plateau_scheduler_holds_infinities_and_keeps_them()
    {
        var part = new SchedulerPart(ReduceLROnPlateau(optimizer));
        var checkpoint = MemoryCheckpoint.Of(part);
        Assert.Equal(PartValue.From(double.PositiveInfinity), checkpoint.Records["part"].Values["best"]);
        checkpoint.Restore(part);
        checkpoint.ShouldEqual(MemoryCheckpoint.Of(part));
    }

    [Fact]
    public void Another_scheduler_is_one_clear_difference()
    {
        var checkpoint = MemoryCheckpoint.Of(new SchedulerPart(StepLR(optimizer, 2)));
        Assert.Equal(["scheduler is ExponentialLR, in the checkpoint StepLR"], checkpoint.Differences(new SchedulerPart(ExponentialLR(optimizer))));
    }

    [Fact]
    public void A_changed_setting_is_a_difference()
    {
        var checkpoint = MemoryCheckpoint.Of(new SchedulerPart(StepLR(optimizer, 2, gamma: 0.5)));
        Assert.Equal(
            ["step_size is 3, in the checkpoint 2", "gamma is 0.25, in the checkpoint 0.5"],
            checkpoint.Differences(new SchedulerPart(StepLR(optimizer, 3, gamma: 0.25))));
    }

    [Fact]
    public void Another_number_of_groups_is_a_difference()
    {
        var checkpoint = MemoryCheckpoint.Of(new SchedulerPart(LambdaLR(optimizer, _ => 1)));
        Parameter[] all = [.. model.parameters()];
        using var grouped = SGD([new SGD.ParamGroup(all[..1], 0.1), new SGD.ParamGroup(all[1..], 0.1)], 0.1);
        Assert.Equal(
            ["last_lrs is [0.1, 0.1], in the checkpoint [0.1]", "base_lrs is [0.1, 0.1], in the checkpoint [0.1]"],
            checkpoint.Differences(new SchedulerPart(LambdaLR(grouped, _ => 1))));
    }

    [Fact]
    public void Nested_schedulers_are_compared_too()
    {
        LRScheduler Sequence(double gamma) => SequentialLR(optimizer, [ConstantLR(optimizer), ExponentialLR(optimizer, gamma)], [5]);
        var checkpoint = MemoryCheckpoint.Of(new SchedulerPart(Sequence(0.9)));
        Assert.Equal(["schedulers.1.gamma is 0.8, in the checkpoint 0.9"], checkpoint.Differences(new SchedulerPart(Sequence(0.8))));
    }

    [Fact]
    public void A_scheduler_of_ones_own_is_refused()
    {
        var error = Assert.Throws<UntrackableStateException>(() => new SchedulerPart(new MyStep(optimizer)));
        Assert.Contains(nameof(MyStep), error.Message);
        Assert.Contains(nameof(ICheckpointPart), error.Message);
    }

    [Fact]
    public void A_chain_over_a_lazy_sequence_is_refused()
    {
        var lazy = Enumerable.Range(0, 2).Select(_ => ExponentialLR(optimizer));
        Assert.Contains("array or a list", Assert.Throws<UntrackableStateException>(() => new SchedulerPart(new impl.ChainedLR(lazy))).Message);
    }

    [Fact]
    public void A_field_that_is_not_known_is_refused_by_name()
    {
        SchedulerLayout.Verify("StepLR", ["_gamma", "_step_size"], ["_step_size", "_gamma"]);
        var error = Assert.Throws<UntrackableStateException>(() => SchedulerLayout.Verify("StepLR", ["_gamma", "_warm"], ["_gamma", "_step_size"]));
        Assert.Contains("new: _warm", error.Message);
        Assert.Contains("gone: _step_size", error.Message);
    }

    private sealed class MyStep(Optimizer optimizer) : impl.StepLR(optimizer, 3)
    {
    }
}
