using Cairn.Checkpoints;
using Cairn.Checkpoints.Writing;
using Xunit;

namespace Cairn.Tests.Checkpoints;

/// <summary>The copy of a state that goes on while training does.</summary>
public sealed class StagedStateTests
{
    private const int Count = 3_000_000; // several pieces

    [Fact]
    public void Who_comes_to_the_gate_copies_what_nobody_has_copied_and_who_comes_later_touches_nothing()
    {
        var data = Enumerable.Range(0, Count).Select(i => (long)i).ToArray();
        var plan = SavePlan.For(new Dictionary<string, ICheckpointPart>(StringComparer.Ordinal) { ["weights"] = new Weights(data) });
        using var staged = new StagedState();
        staged.Begin(plan, new OverlapGate(checks: false));
        var late = staged.CopyLater();
        staged.CopyNow();

        staged.CopyRest();
        var start = staged.StartOf(0) + plan.Files[0].Layout.Offsets[0];
        Assert.True(staged.Await(start, Count * sizeof(long)).SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(data)));

        var before = data.ToArray();
        Array.Clear(data); // the optimizer's step
        late();
        Assert.True(staged.Await(start, Count * sizeof(long)).SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(before)));
        staged.Release();
    }

    private sealed class Weights(long[] data) : ICheckpointPart
    {
        public PartState Describe() => new()
        {
            Tensors = [new ArrayTensor<long>(new TensorInfo("weights", DType.Int64, [Count]), data) { ChangesOnlyInOptimizerStep = true }],
        };

        public IEnumerable<string> FindDifferences(PartRecord saved) => [];

        public void Restore(PartReader saved) => throw new NotSupportedException();
    }
}
