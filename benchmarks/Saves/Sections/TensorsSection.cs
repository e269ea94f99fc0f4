using System.Diagnostics;
using Cairn;
using Cairn.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;
using Saves.Measuring;

namespace Saves.Sections;

/// <summary>A state of very many tiny tensors: what each tensor costs a save, whatever its size.</summary>
internal static class TensorsSection
{
    private const int Count = 100_000;

    public static Section Measure(Settings settings)
    {
        using var folder = settings.NewFolder();
        using var run = TrainingRun.Open(Path.Combine(folder.Path, "cairn"), new() { Save = SaveSchedule.Never, Keep = Retention.KeepLast(2), Logger = NullLogger.Instance });
        var part = new ManyTensors();
        run.Track("many", part);
        run.Restore();
        var rounds = new Rounds(folder.Path, settings.Rounds);
        var stall = new Series("stall, asynchronous");
        var durable = new Series("durable, asynchronous");
        var step = 0L;
        rounds.Run(() =>
        {
            part.Change();
            var began = Stopwatch.GetTimestamp();
            var save = run.Save(++step);
            rounds.Note(stall, Stopwatch.GetElapsedTime(began).TotalSeconds);
            save.Wait();
            rounds.Note(durable, Stopwatch.GetElapsedTime(began).TotalSeconds);
        });
        return new Section($"{Count} tensors of 8 bytes", rounds) { Series = [stall, durable] };
    }

    private sealed class ManyTensors : ICheckpointPart
    {
        private readonly float[][] data = [.. Enumerable.Range(0, Count).Select(i => new float[] { i, 1 })];

        public void Change()
        {
            foreach (var tensor in data)
                tensor[1]++;
        }

        public PartState Describe() => new() { Tensors = Tensors() };

        public IEnumerable<string> FindDifferences(PartRecord saved) => saved.DifferencesFrom(Tensors().Select(tensor => tensor.Info));

        public void Restore(PartReader saved) => saved.Read(Tensors());

        private PartTensor[] Tensors() => [.. data.Select((values, i) => PartTensor.Of($"layers.block.{i}.attention.weight", DType.Float32, values))];
    }
}
