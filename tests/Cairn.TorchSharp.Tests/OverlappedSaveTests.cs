using Microsoft.Extensions.Logging.Abstractions;
using TorchSharp;
using static TorchSharp.torch;

namespace Cairn.TorchSharp.Tests;

/// <summary>A real training whose saves overlap its steps writes the same bytes as one that waits for them.</summary>
public sealed class OverlappedSaveTests : IDisposable
{
    private const int Width = 512; // three copies of a megabyte and more: several pieces
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void With_batch_norm_dropout_and_AdamW_every_checkpoint_has_the_same_bytes()
    {
        var (plain, overlapped) = (Train(SaveMode.Synchronous, 9), Train(SaveMode.Overlapped, 9));
        Assert.Equal(["step-0000000003", "step-0000000006", "step-0000000009"], plain.Keys.Select(name => name.Split('/')[0]).Distinct());
        Assert.Equal(plain.Keys, overlapped.Keys);
        Assert.All(plain, file => Assert.True(file.Value.AsSpan().SequenceEqual(overlapped[file.Key]), file.Key));
    }

    [Fact]
    public void Parameters_and_the_optimizers_state_are_copied_later_and_a_running_mean_is_not_and_is_the_first_ranks()
    {
        using var model = nn.Sequential(nn.Linear(4, 4), nn.BatchNorm1d(4));
        using var optimizer = optim.AdamW(model.parameters());
        model.forward(randn(8, 4)).sum().backward();
        optimizer.step();
        var tensors = new ModulePart(model).Describe().Tensors;
        var later = tensors.ToDictionary(tensor => tensor.Info.Name, tensor => tensor.ChangesOnlyInOptimizerStep, StringComparer.Ordinal);
        Assert.True(later["0.weight"] && later["0.bias"] && later["1.weight"]);
        Assert.False(later["1.running_mean"] || later["1.running_var"] || later["1.num_batches_tracked"]);
        Assert.All(tensors, tensor => Assert.Equal(!tensor.ChangesOnlyInOptimizerStep, tensor.OfFirstRank)); // each rank's forward pass makes a mean of its own
        Assert.All(new OptimizerPart(optimizer).Describe().Tensors.Where(tensor => !tensor.Info.Name.EndsWith(".grad", StringComparison.Ordinal)), tensor => Assert.True(tensor.ChangesOnlyInOptimizerStep));
    }

    [Theory]
    [InlineData(SaveMode.Synchronous)]
    [InlineData(SaveMode.Asynchronous)]
    [InlineData(SaveMode.Overlapped)]
    public void A_conjugated_buffer_comes_back_by_its_numbers(SaveMode mode)
    {
        var path = Path.Combine(folder.Path, mode.ToString());
        for (var attempt = 0; attempt < 2; attempt++)
        {
            using var scope = NewDisposeScope();
            using var model = new Conjugated(attempt == 0 ? 2 : 0, isMarked: attempt == 0);
            using var run = TrainingRun.Open(path, new() { SaveMode = mode, Save = SaveSchedule.EverySteps(1), WhenStillSaving = WhenStillSaving.Wait, Logger = NullLogger.Instance });
            run.Track("model", model);
            foreach (var step in run.Steps(2))
            {
                run.BeforeOptimizerStep();
                if (attempt == 1 || step == 1)
                    break;
            }

            if (attempt == 1)
                Assert.Equal([-2, -2, -2], model.get_buffer("z")!.imag.resolve_neg().data<float>().ToArray());
        }
    }

    private sealed class Conjugated : nn.Module
    {
        public Conjugated(float imaginary, bool isMarked)
            : base("conjugated")
        {
            var z = complex(ones(3), full(3, imaginary));
            register_buffer("z", isMarked ? z.conj() : z);
        }
    }

    // Every payload file by its path in the folder.
    private SortedDictionary<string, byte[]> Train(SaveMode mode, long steps)
    {
        var path = Path.Combine(folder.Path, mode.ToString());
        manual_seed(5);
        using var model = nn.Sequential(nn.Linear(Width, Width), nn.BatchNorm1d(Width), nn.Dropout(0.2), nn.Linear(Width, 1));
        using var optimizer = optim.AdamW(model.parameters(), 0.01);
        using (var run = TrainingRun.Open(path, new() { SaveMode = mode, WhenStillSaving = WhenStillSaving.Wait, Save = SaveSchedule.EverySteps(3), CheckOverlap = true, Logger = NullLogger.Instance }))
        {
            run.Track("model", model);
            run.Track("optimizer", optimizer);
            run.TrackRandomState();
            foreach (var step in run.Steps(steps))
            {
                using var scope = NewDisposeScope();
                var loss = nn.functional.mse_loss(model.forward(randn(16, Width)), randn(16, 1));
                optimizer.zero_grad();
                loss.backward();
                run.BeforeOptimizerStep();
                optimizer.step();
            }

            Assert.Equal(0, run.Finish());
        }

        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(path, "*.safetensors", SearchOption.AllDirectories))
            files[Path.GetRelativePath(path, file)] = File.ReadAllBytes(file);
        return files;
    }
}
