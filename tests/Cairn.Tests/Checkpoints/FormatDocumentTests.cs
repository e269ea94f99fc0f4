using System.Text;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Records;
using Microsoft.Extensions.Time.Testing;

namespace Cairn.Tests.Checkpoints;

public sealed class FormatDocumentTests
{
    [Fact]
    public void The_record_in_the_documentation_is_the_one_that_is_written()
    {
        using var folder = new TemporaryFolder();
        var store = Stores.At(folder.Path, new FakeTimeProvider(new DateTimeOffset(2026, 5, 1, 12, 0, 0, TimeSpan.Zero)));
        var part = new TestPart
        {
            Tensors = { PartTensor.Of("weight", DType.Float32, [.. Enumerable.Range(1, 12).Select(i => (float)i)], 4, 3) },
            Values = { ["epoch"] = PartValue.From(7L) },
            Conditions = { ["threads"] = "2" },
        };
        store.Save(
            120,
            new Dictionary<string, ICheckpointPart> { ["model"] = part },
            new CheckpointOrigin(3, "4711_2", 1),
            new Dictionary<string, PartValue> { ["loss"] = PartValue.From(0.25) }).Wait();

        // The library's version is the one thing that differs from build to build.
        var record = store.List()[0].ReadRecord() with { Cairn = "0.1.0" };
        var text = Encoding.UTF8.GetString(CommitRecordFile.ToBytes(record));
        var indented = string.Join('\n', text.TrimEnd().Split('\n').Select(line => "    " + line));

        Assert.Contains(indented, File.ReadAllText(Path.Combine(Checkout.Path, "docs", "checkpoint-format.md")), StringComparison.Ordinal);
    }
}
