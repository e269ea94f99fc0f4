using Cairn.Checkpoints;
using Cairn.Checkpoints.Threads;
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
        using var threads = new StoreThreads();
        using var staged = new StagedState(threads.Foreground);
        staged.Begin(plan, plan.Segments, new OverlapGate(checks: false));
        var late = staged.CopyLater();
        staged.CopyNow();

        staged.CopyRest();
        Assert.True(IsCopyOf(data));

        var before = data.ToArray();
        Array.Clear(data); // the optimizer's step
        late();
        Assert.True(IsCopyOf(before));
        staged.Release();

        bool IsCopyOf(long[] expected)
        {
            var isCopy = false;
            staged.Read(0, plan.Files[0].Layout.Offsets[0], Count * sizeof(long), bytes => isCopy = bytes.SequenceEqual(System.Runtime.InteropServices.MemoryMarshal.AsBytes<long>(expected)));
            return isCopy;
        }
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
