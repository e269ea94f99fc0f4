using Cairn.Checkpoints;
using Cairn.Tests.Runs;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Checkpoints;

/// <summary>Checkpoints that are read without a run.</summary>
public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Folder => _folder["checkpoints"];

    [Fact]
    public void The_newest_the_best_and_a_step_are_opened_and_nothing_is_written()
    {
        Save(10, 3.0);
        Save(20, 1.0);
        Save(30, 2.0);
        Save(40, double.NaN);
        Save(50, null);
        var before = Everything();

        using (var newest = Checkpoint.OpenNewest(Folder, NullLogger.Instance))
            Assert.Equal((50, 0), (newest.Step, newest.Metrics.Count));
        using (var best = Checkpoint.OpenBest(Folder, "loss"))
            Assert.Equal((20, 1.0), (best.Step, best.Metrics["loss"]));
        using (var worst = Checkpoint.OpenBest(Folder, "loss", MetricGoal.Maximize))
            Assert.Equal(10, worst.Step);
        using (var chosen = Checkpoint.Open(Folder, 30))
            Assert.Equal(30, chosen.Step);
        Assert.Equal([50, 40, 30, 20, 10], Checkpoint.List(Folder).Select(one => one.Step));
        Assert.All(Checkpoint.List(Folder), one => Assert.Null(one.Problem));
        Assert.All(Checkpoint.List(Folder), one => Assert.Equal(["model"], one.Parts));
        Assert.Equal(before, Everything());
    }

    [Fact]
    public void Of_equal_values_the_newer_is_the_best()
    {
        Save(10, 1.0);
        Save(20, 1.0);
        using var best = Checkpoint.OpenBest(Folder, "loss");
        Assert.Equal(20, best.Step);
    }

    [Fact]
    public void What_is_damaged_is_passed_over_by_name_and_a_chosen_one_is_refused()
    {
        Save(10, 2.0);
        Save(20, 1.0);
        File.Delete(Path.Combine(Folder, "step-0000000020", "model.safetensors"));
        var log = new ListLogger();

        using var newest = Checkpoint.OpenNewest(Folder, log);

        Assert.Equal(10, newest.Step);
        Assert.Equal("model.safetensors: it is missing", Assert.Single(newest.Skipped).Reason);
        Assert.Contains("step-0000000020 is passed over: model.safetensors: it is missing", Assert.Single(log.Messages), StringComparison.Ordinal);
        Assert.Equal("model.safetensors: it is missing", Checkpoint.List(Folder)[0].Problem);
        Assert.Throws<CheckpointCorruptException>(() => Checkpoint.Open(Folder, 20));
        using var best = Checkpoint.OpenBest(Folder, "loss", logger: NullLogger.Instance);
        Assert.Equal((10, 1), (best.Step, best.Skipped.Count));
    }

    [Fact]
    public void A_wrong_byte_is_found_when_it_is_read()
    {
        Save(10, null);
        Damage.FlipBit(Path.Combine(Folder, "step-0000000010", "model.safetensors"), 4096 + 100);
        using var checkpoint = Checkpoint.OpenNewest(Folder);
        Assert.Throws<CheckpointCorruptException>(() => checkpoint.Load("model", TestPart.Model(0)));
    }

    [Fact]
    public void Of_another_line_of_training_is_said_and_a_chosen_step_is_opened_all_the_same()
    {
        Save(10, null, attempt: 1);
        Save(30, null, attempt: 1);
        Save(20, null, attempt: 2);
        Directory.CreateDirectory(_folder["checkpoints", "attempts"]);
        File.WriteAllText(
            _folder["checkpoints", "attempts", "0002.jsonl"],
            """{"event":"resumed","step":10,"checkpoint":null,"bytes":1,"seconds":0.1,"skipped":[],"condition_changes":[],"deadline":null,"planned":null,"at":"2026-01-01T00:00:00Z"}""" + "\n");

        using var newest = Checkpoint.OpenNewest(Folder, NullLogger.Instance);
        using var chosen = Checkpoint.Open(Folder, 30);

        Assert.Equal((20, 30), (newest.Step, chosen.Step));
        Assert.Contains("another line of training", Checkpoint.List(Folder)[0].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_there_is_none_that_is_said()
    {
        Assert.Contains($"there is no folder {Folder}", Assert.Throws<NoValidCheckpointException>(() => Checkpoint.OpenNewest(Folder)).Message, StringComparison.Ordinal);
        Assert.Empty(Checkpoint.List(Folder));
        Save(10, 1.0);
        Assert.Contains("there are 10", Assert.Throws<ArgumentException>(() => Checkpoint.Open(Folder, 11)).Message, StringComparison.Ordinal);
        Assert.Contains("has the metric 'acc'; there are loss", Assert.Throws<ArgumentException>(() => Checkpoint.OpenBest(Folder, "acc")).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(Folder, "step-0000000010", "checkpoint.json"));
        Assert.Contains("checkpoint.json: it is missing", Assert.Throws<NoValidCheckpointException>(() => Checkpoint.OpenNewest(Folder, NullLogger.Instance)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_and_single_tensors_are_read()
    {
        Save(7, null);
        using var checkpoint = Checkpoint.OpenNewest(Folder);

        Assert.Equal(PartValue.From(7L), checkpoint.Part("model").Values["count"]);
        Assert.Equal([.. Enumerable.Range(0, 10).Select(i => 7000L + i)], checkpoint.ReadArray<long>("model", "bias"));
        Assert.Equal([.. Enumerable.Range(0, 50).Select(i => (short)i)], checkpoint.ReadArray<short>("model", "embedding"));
        Assert.Contains("has elements of 4 bytes, Double has 8", Assert.Throws<ArgumentException>(() => checkpoint.ReadArray<double>("model", "weight")).Message, StringComparison.Ordinal);
        Assert.Contains("has no tensor 'nobias'; it has bias, weight, embedding", Assert.Throws<ArgumentException>(() => checkpoint.ReadArray<long>("model", "nobias")).Message, StringComparison.Ordinal);
        Assert.Contains("has no part 'modell'; it has model", Assert.Throws<ArgumentException>(() => checkpoint.Part("modell")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_whole_part_is_loaded_or_nothing()
    {
        Save(7, null);
        using var checkpoint = Checkpoint.OpenNewest(Folder);
        var (target, other) = (TestPart.Model(0), new TestPart { Tensors = [PartTensor.Of("weight", DType.Float32, new float[3])] });

        checkpoint.Load("model", target);
        var error = Assert.Throws<CheckpointMismatchException>(() => checkpoint.Load("model", other));

        Assert.True(target.IsModelOf(7));
        Assert.Equal(3, error.Differences.Count);
        Assert.False(other.Restored);
    }

    [Fact]
    public void Some_tensors_are_loaded_under_other_names()
    {
        Save(7, null);
        using var checkpoint = Checkpoint.OpenNewest(Folder);
        var (weight, head) = (new float[120], new float[] { 1, 2 });
        PartTensor[] targets = [PartTensor.Of("backbone.weight", DType.Float32, weight, 12, 10), PartTensor.Of("head.weight", DType.Float32, head)];

        var loaded = checkpoint.Load("model", targets, name => name.StartsWith("head.", StringComparison.Ordinal) ? null : name["backbone.".Length..], strict: false);

        Assert.Equal(7000f, weight[0]);
        Assert.Equal([1f, 2f], head);
        Assert.Equal(["backbone.weight"], loaded.Loaded);
        Assert.Empty(loaded.NotInCheckpoint);
        Assert.Equal(["bias", "embedding"], loaded.NotInProgram);
    }

    [Fact]
    public void What_does_not_fit_is_listed_before_anything_is_touched()
    {
        Save(7, null);
        using var checkpoint = Checkpoint.OpenNewest(Folder);
        var bias = new long[10];
        PartTensor[] targets = [PartTensor.Of("bias", DType.Int64, bias), PartTensor.Of("weight", DType.Float32, new float[120]), PartTensor.Of("new", DType.Int8, new sbyte[1])];

        var loose = Assert.Throws<CheckpointMismatchException>(() => checkpoint.Load("model", targets, strict: false));
        var strict = Assert.Throws<CheckpointMismatchException>(() => checkpoint.Load("model", targets));

        Assert.Equal(["model: weight is float32 [120], in the checkpoint float32 [12, 10]"], loose.Differences);
        Assert.Equal(
            [
                "model: weight is float32 [120], in the checkpoint float32 [12, 10]", "model: new (int8 [1]) is not in the checkpoint",
                "model: embedding (int16 [50]) is in the checkpoint, but nothing takes it",
            ],
            strict.Differences);
        Assert.All(bias, one => Assert.Equal(0, one));
    }

    [Fact]
    public void One_that_is_open_stays_readable_when_it_is_deleted()
    {
        Save(7, null);
        using var checkpoint = Checkpoint.OpenNewest(Folder);
        Directory.Delete(Folder, recursive: true);
        Assert.Equal(7000, checkpoint.ReadArray<long>("model", "bias")[0]);
    }

    [Fact]
    public void An_export_is_one_plain_safetensors_file_with_all_tensors()
    {
        Save(7, null);
        using var checkpoint = Checkpoint.OpenNewest(Folder);
        var path = _folder["model.safetensors"];
        File.WriteAllText(path, "an older one");

        checkpoint.Export("model", path);

        var read = IndependentReader.Read(path).ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        Assert.Equal(3, read.Count);
        Assert.All(TestPart.Model(7).Tensors, tensor => Assert.Equal(TestPart.BytesOf(tensor), read[tensor.Info.Name].Bytes));
        Assert.Equal(["model.safetensors"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void An_export_of_a_damaged_checkpoint_leaves_what_was_there()
    {
        Save(7, null);
        Damage.FlipBit(Path.Combine(Folder, "step-0000000007", "model.safetensors"), 4096 + 100);
        using var checkpoint = Checkpoint.OpenNewest(Folder);
        var path = _folder["model.safetensors"];
        File.WriteAllText(path, "an older one");

        Assert.Throws<CheckpointCorruptException>(() => checkpoint.Export("model", path));

        Assert.Equal("an older one", File.ReadAllText(path));
        Assert.Equal(["model.safetensors"], Directory.GetFiles(_folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void An_export_into_a_checkpoint_is_refused()
    {
        Save(7, null);
        using var checkpoint = Checkpoint.OpenNewest(Folder);
        var payload = Path.Combine(Folder, "step-0000000007", "model.safetensors");
        var before = File.ReadAllBytes(payload);
        Assert.Contains("a checkpoint's own directory", Assert.Throws<ArgumentException>(() => checkpoint.Export("model", payload)).Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(payload));
    }

    public void Dispose() => _folder.Dispose();

    private void Save(long step, double? loss, int attempt = 1)
    {
        using var store = Stores.At(Folder);
        store.SaveModel(step, attempt, loss is { } value ? new Dictionary<string, PartValue> { ["loss"] = PartValue.From(value) } : null);
    }

    private List<(string, DateTime)> Everything() =>
        [.. Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(path => (path, File.GetLastWriteTimeUtc(path)))];
}
