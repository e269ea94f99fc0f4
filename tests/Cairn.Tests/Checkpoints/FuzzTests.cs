using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Safetensors;
using CsCheck;

namespace Cairn.Tests.Checkpoints;

/// <summary>
/// Headers and records that came from a corpus and were changed at random: refused by the one exception that says so or read by the
/// rules, with memory for no more than what is there, and nothing outside of the folder is touched. Twenty times as many in the long form.
/// </summary>
public sealed class FuzzTests
{
    private const int DataLength = 25;
    private static readonly int More = LongForm.IsOn ? 20 : 1;

    [Fact]
    public void The_seeds_that_are_sound_are_read_and_no_others()
    {
        Assert.Equal(["empty", "escapes", "many-dimensions", "names-of-paths", "padded-and-unordered", "plain"], Accepted("headers", json => ReadHeader(json)));
        Assert.Equal(["complex", "cut", "every-kind-of-value", "name-of-a-link", "no-tensors", "plain", "two-files"], Accepted("records", json => ReadRecord(WithChecksum(json))));
    }

    [Fact]
    public void A_header() =>
        new Corpus("headers").Mutants.Sample(
            json =>
            {
                var entries = Within(json.Length, () => ReadHeader(json));
                Assert.True(entries is null or { Length: 0 } || entries.Value.Sum(entry => entry.Info.ByteCount) == DataLength);
            },
            iter: 20_000 * More);

    [Fact]
    public void A_record_with_a_checksum_that_fits() =>
        new Corpus("records").Mutants.Sample(
            json =>
            {
                var record = Within(json.Length, () => ReadRecord(WithChecksum(json)));
                Assert.True(record is null || record.Files.All(file => FileNames.IsPlain(file.Name) && file.HeaderSize <= file.Size));
            },
            iter: 10_000 * More);

    [Fact]
    public void A_checkpoint_with_such_a_record_is_passed_over_and_the_older_one_is_restored()
    {
        using var folder = new TemporaryFolder();
        var store = Stores.At(folder["checkpoints"]);
        store.SaveModel(6);
        store.SaveModel(7);
        var newest = store.List()[0].Path;

        // Right bytes in wrong places: who goes there finds nothing wrong with them.
        var payload = Path.Combine(newest, "model.safetensors");
        File.Copy(payload, folder["checkpoints", "model.safetensors"]);
        Directory.CreateDirectory(folder["outside"]);
        File.Copy(payload, folder["outside", "model.safetensors"]);
        File.CreateSymbolicLink(Path.Combine(newest, "link.safetensors"), folder["outside", "model.safetensors"]);
        Directory.CreateSymbolicLink(Path.Combine(newest, "out"), folder["outside"]);
        var record = Path.Combine(newest, "checkpoint.json");
        var own = File.ReadAllText(record);
        string[] names = ["link.safetensors", "out/model.safetensors", "../model.safetensors", folder["outside", "model.safetensors"]];
        foreach (var name in names)
            IsPassedOver(Encoding.UTF8.GetBytes(WithoutChecksum(own).Replace("\"model.safetensors\"", $"\"{name}\"", StringComparison.Ordinal)));

        // One at a time: they share the folder. A record of no files is as good as any.
        new Corpus("records").Mutants.Where(json => ReadRecord(WithChecksum(json)) is null or { Files.Length: > 0 }).Sample(IsPassedOver, iter: 300 * More, threads: 1);
        File.WriteAllText(record, own);
        Assert.Equal(7, store.Restore(TestPart.OnlyModel(0))!.Step);

        void IsPassedOver(byte[] json)
        {
            File.WriteAllBytes(record, WithChecksum(json));
            Assert.NotEmpty(store.List()[0].Verify());
            var model = TestPart.Model(0);
            var restored = store.Restore(new Dictionary<string, ICheckpointPart> { ["model"] = model })!;
            Assert.Equal((6, true), (restored.Step, model.IsModelOf(6)));
        }
    }

    private static IEnumerable<string> Accepted(string corpus, Func<byte[], object?> read) =>
        new Corpus(corpus).Seeds.Where(seed => read(seed.Value) is not null).Select(seed => seed.Key).Order(StringComparer.Ordinal);

    private static ImmutableArray<SafetensorsEntry>? ReadHeader(byte[] json)
    {
        var header = new byte[sizeof(ulong) + json.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(header, (ulong)json.Length);
        json.CopyTo(header, sizeof(ulong));
        var fileSize = header.Length + (json is [(byte)'{', (byte)'}'] ? 0 : DataLength);
        try
        {
            return SafetensorsHeader.Parse(header, fileSize);
        }
        catch (SafetensorsFormatException)
        {
            return null; // any other exception is the test's failure
        }
    }

    private static CommitRecord? ReadRecord(byte[] bytes)
    {
        try
        {
            return CommitRecordFile.FromBytes(bytes);
        }
        catch (InvalidCommitRecordException)
        {
            return null;
        }
    }

    /// <summary>Allows what a small exception takes, and a multiple of what was read; what a record claims is billions.</summary>
    private static T Within<T>(int length, Func<T> read)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var result = read();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (1 << 20) + (64L * length));
        return result;
    }

    private static string WithoutChecksum(string record) => record[..record.LastIndexOf(",\n \"checksum\"", StringComparison.Ordinal)] + "\n}";

    // A record's last member is its checksum: it goes before the last bracket.
    private static byte[] WithChecksum(byte[] json)
    {
        var body = json.AsSpan().TrimEnd("\n "u8);
        body = body is [.. var inner, (byte)'}'] ? inner.TrimEnd("\n "u8) : body;
        return [.. body, .. Encoding.ASCII.GetBytes($",\n \"checksum\": \"{ContentHash.Of(body)}\"\n}}\n")];
    }
}
