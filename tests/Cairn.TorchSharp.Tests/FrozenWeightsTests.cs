using Cairn.Checkpoints;
using Cairn.Posix;
using Microsoft.Extensions.Logging.Abstractions;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Cairn.TorchSharp.Tests;

/// <summary>A backbone without gradients is linked from save to save; an average of weights, without gradients as well, is what it was at each.</summary>
public sealed class FrozenWeightsTests : IDisposable
{
    private const int Saves = 6;
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void An_average_without_gradients_is_written_as_it_is_at_every_save_and_a_backbone_is_linked()
    {
        using var backbone = Linear(600, 600);
        using var head = Linear(600, 2);
        using var model = Sequential(("backbone", backbone), ("head", head));
        using var average = Linear(600, 2);
        foreach (var parameter in backbone.parameters().Concat(average.parameters()))
            parameter.requires_grad = false;
        var parts = new Dictionary<string, ICheckpointPart> { ["model"] = new ModulePart(model), ["average"] = new ModulePart(average) };
        var expected = new List<Tensor>();
        using var store = new CheckpointStore(folder.Path, NullLogger.Instance, TimeProvider.System);
        for (var step = 1; step <= Saves; step++)
        {
            using (no_grad())
            {
                foreach (var parameter in head.parameters())
                    parameter.add_(1);
                foreach (var parameter in average.parameters())
                    parameter.mul_(0.5).add_(step);
            }

            expected.Add(average.get_parameter("weight")!.clone());
            store.Save(step, parts, new CheckpointOrigin(1, null, 1), new Dictionary<string, PartValue>()).Wait();
        }

        Assert.Equal((Identity(1), Identity(2)), (Identity(5), Identity(6)));
        Assert.False(File.Exists(PathOf(Saves, "average.frozen.safetensors")));
        for (var step = Saves; step > 0; step--)
        {
            using var reader = new CheckpointStore(folder.Path, NullLogger.Instance, TimeProvider.System);
            Assert.Equal(step, reader.Restore(parts, step)!.Step);
            Assert.True(average.get_parameter("weight")!.equal(expected[step - 1]).all().item<bool>());
        }
    }

    private string PathOf(long step, string file) => Path.Combine(folder.Path, CheckpointNames.ForStep(step), file);

    private FileIdentity Identity(long step)
    {
        using var directory = PosixDirectory.Open(Path.Combine(folder.Path, CheckpointNames.ForStep(step)), followLink: false);
        using var file = PosixFile.OpenRead(directory, "model.frozen.safetensors");
        return file.Identity()!.Value;
    }
}
