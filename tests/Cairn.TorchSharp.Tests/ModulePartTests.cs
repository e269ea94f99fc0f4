using Cairn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cairn.TorchSharp.Tests;

public sealed class ModulePartTests
{
    [Fact]
    public void Parameters_and_buffers_come_back_in_place_under_their_state_dict_names()
    {
        using var saved = Sequential(("linear", Linear(4, 3)), ("norm", BatchNorm1d(3)));
        using var target = Sequential(("linear", Linear(4, 3)), ("norm", BatchNorm1d(3)));
        var handles = target.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value.Handle, StringComparer.Ordinal);

        var checkpoint = MemoryCheckpoint.Of(new ModulePart(saved));
        checkpoint.Restore(new ModulePart(target));

        Assert.Equal(saved.state_dict().Keys.Order(), checkpoint.Records["part"].Tensors.Select(tensor => tensor.Name).Order());
        Assert.All(target.state_dict(), entry => Assert.Equal(handles[entry.Key], entry.Value.Handle));
        checkpoint.ShouldEqual(MemoryCheckpoint.Of(new ModulePart(target)));
    }

    [Fact]
    public void Frozen_means_a_parameter_without_gradient()
    {
        using var module = Sequential(("frozen", Linear(4, 3)), ("norm", BatchNorm1d(3)));
        foreach (var (name, parameter) in module.named_parameters())
            parameter.requires_grad = !name.StartsWith("frozen", StringComparison.Ordinal);

        var frozen = new ModulePart(module).Describe().Tensors.Where(tensor => tensor.Frozen).Select(tensor => tensor.Info.Name);

        Assert.Equal(["frozen.bias", "frozen.weight"], frozen.Order());
    }

    [Fact]
    public void Every_difference_is_listed_and_nothing_is_changed()
    {
        using var saved = Sequential(("a", Linear(4, 3)), ("b", Linear(3, 2)), ("only-then", Linear(2, 2, hasBias: false)));
        using var target = Sequential(("a", Linear(5, 3)), ("b", Linear(3, 2, dtype: ScalarType.Float64)), ("only-now", Linear(2, 2, hasBias: false)));
        var part = new ModulePart(target);
        var before = MemoryCheckpoint.Of(part);

        var differences = MemoryCheckpoint.Of(new ModulePart(saved)).Differences(part);

        Assert.Equal(
            [
                "a.weight is float32 [3, 5], in the checkpoint float32 [3, 4]",
                "b.bias is float64 [2], in the checkpoint float32 [2]",
                "b.weight is float64 [2, 3], in the checkpoint float32 [2, 3]",
                "only-now.weight (float32 [2, 2]) is not in the checkpoint",
                "only-then.weight (float32 [2, 2]) is in the checkpoint, but not in the program",
            ],
            differences.Order(StringComparer.Ordinal));
        before.ShouldEqual(MemoryCheckpoint.Of(part));
    }

    [Fact]
    public void Tied_weights_are_saved_once_and_stay_tied()
    {
        using var saved = new Tied();
        using var target = new Tied();
        var checkpoint = MemoryCheckpoint.Of(new ModulePart(saved));
        checkpoint.Restore(new ModulePart(target));

        Assert.Equal(["table"], checkpoint.Records["part"].Tensors.Select(tensor => tensor.Name));
        checkpoint.ShouldEqual(MemoryCheckpoint.Of(new ModulePart(target)));
        using var untracked = no_grad();
        target.Table.fill_(3);
        Assert.Equal(3, target.Head.mean().item<float>());
    }

    [Fact]
    public void Weights_that_two_layers_share_are_restored_whatever_handles_they_have()
    {
        using var saved = Sequential(("table", Embedding(5, 4)), ("head", Linear(4, 5, hasBias: false)));
        using var target = Sequential(("table", Embedding(5, 4)), ("head", Linear(4, 5, hasBias: false)));
        foreach (var module in new[] { saved, target })
            ((global::TorchSharp.Modules.Linear)module[1]).weight = ((global::TorchSharp.Modules.Embedding)module[0]).weight!;
        var checkpoint = MemoryCheckpoint.Of(new ModulePart(saved));
        checkpoint.Restore(new ModulePart(target));
        checkpoint.ShouldEqual(MemoryCheckpoint.Of(new ModulePart(target)));
        Assert.Equal(checkpoint.Tensors["part/table.weight"], checkpoint.Tensors["part/head.weight"]);
    }

    [Fact]
    public void A_module_that_was_moved_to_another_type_is_described_as_it_is_now()
    {
        using var module = Linear(4, 3);
        var part = new ModulePart(module);
        module.to(ScalarType.BFloat16);
        Assert.All(part.Describe().Tensors, tensor => Assert.Equal(DType.BFloat16, tensor.Info.DType));
    }

    [Fact]
    public void The_conditions_name_what_exactness_depends_on()
    {
        using var module = Linear(4, 3);
        var conditions = new ModulePart(module).Describe().Conditions;
        Assert.Equal("cpu", conditions["device"]);
        Assert.Equal(get_num_threads().ToString(), conditions["threads"]);
        Assert.Equal(["TorchSharp", "cpu", "device", "threads", "torch"], conditions.Keys.Order(StringComparer.Ordinal));
    }

    private sealed class Tied : Module<Tensor, Tensor>
    {
        private readonly global::TorchSharp.Modules.Parameter table;
        private readonly global::TorchSharp.Modules.Parameter head;

        public Tied()
            : base(nameof(Tied))
        {
            table = new(rand(5, 4));
            head = table;
            RegisterComponents();
        }

        public Tensor Table => table;

        public Tensor Head => head;

        public override Tensor forward(Tensor input) => input;
    }
}
