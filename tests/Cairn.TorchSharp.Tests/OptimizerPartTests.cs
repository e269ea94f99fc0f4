using Cairn.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using static TorchSharp.torch.optim;

namespace Cairn.TorchSharp.Tests;

public sealed class OptimizerPartTests
{
    [Fact]
    public void Names_are_those_of_a_state_dict_in_Python()
    {
        using var model = Linear(4, 3);
        using var optimizer = Adam(model.parameters(), 0.01);
        Step(model, optimizer);

        var state = new OptimizerPart(optimizer).Describe();

        Assert.Equal(
            ["state.0.exp_avg", "state.0.exp_avg_sq", "state.0.grad", "state.1.exp_avg", "state.1.exp_avg_sq", "state.1.grad"],
            state.Tensors.Select(tensor => tensor.Info.Name).Order(StringComparer.Ordinal));
        Assert.Equal(PartValue.From(1L), state.Values["state.1.step"]);
        Assert.Equal(PartValue.From(0.01), state.Values["param_groups.0.lr"]);
        Assert.Equal(PartValue.From(0.9), state.Values["param_groups.0.beta1"]);
        Assert.Equal("[float32 [3, 4], float32 [3]]", state.Values["param_groups.0.params"].ToString());
    }

    [Fact]
    public void State_that_is_not_there_yet_is_made_and_outlives_the_scope_it_was_restored_in()
    {
        using var model = Linear(4, 3);
        using var optimizer = SGD(model.parameters(), 0.1, momentum: 0.9);
        Step(model, optimizer);
        var checkpoint = MemoryCheckpoint.Of(new OptimizerPart(optimizer));

        using var next = SGD(model.parameters(), 0.1, momentum: 0.9);
        Assert.DoesNotContain(new OptimizerPart(next).Describe().Tensors, tensor => tensor.Info.Name.Contains("momentum", StringComparison.Ordinal));
        using (NewDisposeScope())
            checkpoint.Restore(new OptimizerPart(next));

        checkpoint.ShouldEqual(MemoryCheckpoint.Of(new OptimizerPart(next)));
        Step(model, next);
    }

    [Fact]
    public void State_that_the_saved_run_did_not_have_is_taken_away()
    {
        using var model = Linear(4, 3);
        using var optimizer = SGD(model.parameters(), 0.1, momentum: 0.9);
        var checkpoint = MemoryCheckpoint.Of(new OptimizerPart(optimizer));
        Step(model, optimizer);
        checkpoint.Restore(new OptimizerPart(optimizer));
        checkpoint.ShouldEqual(MemoryCheckpoint.Of(new OptimizerPart(optimizer)));
    }

    [Fact]
    public void Options_that_the_training_changed_come_back()
    {
        using var model = Linear(4, 3);
        using var optimizer = Adam(model.parameters(), 0.01);
        foreach (var group in optimizer.ParamGroups)
            group.LearningRate = 0.1 + 0.2;
        var checkpoint = MemoryCheckpoint.Of(new OptimizerPart(optimizer));

        using var next = Adam(model.parameters(), 0.01);
        checkpoint.Restore(new OptimizerPart(next));

        Assert.Equal(0.1 + 0.2, next.ParamGroups.Single().LearningRate);
        Assert.Equal(0.01, next.ParamGroups.Single().InitialLearningRate);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_parameter_with_a_gradient_has_one_again_and_it_is_zero_where_nobody_needs_it(bool isWatched)
    {
        using var model = Linear(4, 3);
        using var optimizer = SGD(model.parameters(), 0.1);
        var part = new OptimizerPart(optimizer);
        for (var step = 0; step < (isWatched ? 3 : 1); step++)
        {
            if (isWatched)
                part.OnStepBegin(step);
            Step(model, optimizer);
        }

        var checkpoint = MemoryCheckpoint.Of(part);

        using var other = Linear(4, 3);
        using var next = SGD(other.parameters(), 0.1);
        using (NewDisposeScope())
            checkpoint.Restore(new OptimizerPart(next));

        Assert.All(other.parameters().Zip(model.parameters()), pair =>
            Assert.True((isWatched ? zeros_like(pair.Second.grad!) : pair.Second.grad!).Equals(Assert.IsType<Tensor>(pair.First.grad))));
    }

    [Fact]
    public void Another_optimizer_is_one_clear_difference()
    {
        using var model = Linear(4, 3);
        var checkpoint = MemoryCheckpoint.Of(new OptimizerPart(Adam(model.parameters(), 0.01)));
        Assert.Equal(["the optimizer is AdamW, in the checkpoint Adam"], checkpoint.Differences(new OptimizerPart(AdamW(model.parameters(), 0.01))));
    }

    [Fact]
    public void Another_number_of_groups_is_one_clear_difference()
    {
        using var model = Linear(4, 3);
        var checkpoint = MemoryCheckpoint.Of(new OptimizerPart(SGD(model.parameters(), 0.01)));
        Parameter[] all = [.. model.parameters()];
        using var grouped = SGD([new SGD.ParamGroup(all[..1], 0.1), new SGD.ParamGroup(all[1..], 0.1)], 0.1);
        Assert.Equal(["the optimizer has 2 groups of parameters, in the checkpoint 1"], checkpoint.Differences(new OptimizerPart(grouped)));
    }

    [Fact]
    public void Other_parameters_are_listed_one_by_one_and_nothing_is_changed()
    {
        using var model = Linear(4, 3);
        using var wider = Linear(5, 4, hasBias: true);
        using var optimizer = Adam(wider.parameters(), 0.01);
        Step(wider, optimizer);
        var part = new OptimizerPart(optimizer);
        var before = MemoryCheckpoint.Of(part);

        var differences = MemoryCheckpoint.Of(new OptimizerPart(Adam(model.parameters(), 0.01))).Differences(part);

        Assert.Equal(
            ["parameter 0 of group 0 is float32 [4, 5], in the checkpoint float32 [3, 4]", "parameter 1 of group 0 is float32 [4], in the checkpoint float32 [3]"],
            differences);
        before.ShouldEqual(MemoryCheckpoint.Of(part));
    }

    [Fact]
    public void Fewer_parameters_are_a_difference()
    {
        using var model = Linear(4, 3);
        using var bare = Linear(4, 3, hasBias: false);
        var checkpoint = MemoryCheckpoint.Of(new OptimizerPart(SGD(model.parameters(), 0.01)));
        Assert.Equal(["group 0 has 1 parameters, in the checkpoint 2"], checkpoint.Differences(new OptimizerPart(SGD(bare.parameters(), 0.01))));
    }

    [Fact]
    public void A_checkpoint_of_something_else_is_a_difference()
    {
        using var model = Linear(4, 3);
        var checkpoint = MemoryCheckpoint.Of(new ModulePart(model));
        Assert.Equal(["it is an optimizer (SGD), in the checkpoint it is none"], checkpoint.Differences(new OptimizerPart(SGD(model.parameters(), 0.01))));
    }

    [Fact]
    public void LBFGS_is_refused_with_the_reason()
    {
        using var model = Linear(4, 3);
        using var optimizer = LBFGS(model.parameters());
        var error = Assert.Throws<UntrackableStateException>(() => new OptimizerPart(optimizer));
        Assert.Contains("native code", error.Message);
        Assert.Equal(ExitCodes.NeverRequeue, error.ExitCode);
    }

    [Fact]
    public void An_optimizer_of_ones_own_is_refused()
    {
        using var model = Linear(4, 3);
        using var optimizer = new MyAdam(model.parameters());
        Assert.Contains(nameof(ICheckpointPart), Assert.Throws<UntrackableStateException>(() => new OptimizerPart(optimizer)).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void State_orphaned_by_moving_the_module_is_found(bool isList)
    {
        using var model = Linear(4, 3);
        using var optimizer = Adam(isList ? [.. model.parameters()] : model.parameters(), 0.01);
        var part = new OptimizerPart(optimizer);
        model.to(ScalarType.Float64);
        Assert.Contains("module.to()", Assert.Throws<UntrackableStateException>(part.Describe).Message);
        Assert.Contains("module.to()", Assert.Throws<UntrackableStateException>(() => new OptimizerPart(optimizer)).Message);
    }

    private static void Step(Module<Tensor, Tensor> model, Optimizer optimizer)
    {
        using var scope = NewDisposeScope();
        model.zero_grad();
        model.forward(ones(2, model.parameters().First().shape[1])).pow(2).sum().backward();
        optimizer.step();
    }

    private sealed class MyAdam(IEnumerable<Parameter> parameters) : Adam(parameters, 0.1)
    {
    }
}
