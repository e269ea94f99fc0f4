using System.Text;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Records;
using CsCheck;

namespace Cairn.Tests.Checkpoints;

public sealed class CommitRecordTests
{
    private static readonly string Good = SomeRecord();

    [Fact]
    public void A_record_comes_back_as_it_was() => Assert.Equal(Good, Encoding.UTF8.GetString(CommitRecordFile.ToBytes(Read(Good))));

    [Fact]
    public void A_record_is_plain_JSON_that_begins_with_its_format_and_ends_with_its_checksum()
    {
        using var json = System.Text.Json.JsonDocument.Parse(Good);
        var members = json.RootElement.EnumerateObject().ToList();

        Assert.Equal("format", members[0].Name);
        Assert.Equal("checksum", members[^1].Name);
        var body = Encoding.UTF8.GetBytes(Good[..Good.LastIndexOf(",\n \"checksum\"", StringComparison.Ordinal)]);
        Assert.Equal(Convert.ToHexStringLower(System.IO.Hashing.XxHash128.Hash(body)), members[^1].Value.GetString());
    }

    // Each with a checksum that fits: nothing but the content is wrong.
    [Theory]
    [InlineData("\"format\": 1,", "\"format\": 3,", "format version is 3")]
    [InlineData("\"format\": 1,", "\"format\": 3, \"whatever\": {},", "format version is 3")]
    [InlineData("\"format\": 1,", "\"format\": 2,", "segment")]
    [InlineData("\"format\": 1,", "\"format\": 0,", "format version")]
    [InlineData("\"format\": 1,", "\"format\": \"1\",", "format version")]
    [InlineData("\"format\": 1,", "", "format version")]
    [InlineData("\"step\": 7,", "", "step")]
    [InlineData("\"step\": 7,", "\"step\": 7, \"step\": 7,", "")]
    [InlineData("\"step\": 7,", "\"step\": 7, \"more\": 7,", "more")]
    [InlineData("\"step\": 7,", "\"step\": 7.5,", "")]
    [InlineData("\"step\": 7,", "\"step\": -7,", "out of range")]
    [InlineData("\"attempt\": 1,", "\"attempt\": null,", "")]
    [InlineData("\"worldSize\": 1,", "\"worldSize\": 0,", "out of range")]
    [InlineData("\"name\": \"model.safetensors\"", "\"name\": \"../../model.safetensors\"", "leads out of the folder")]
    [InlineData("\"name\": \"model.safetensors\"", "\"name\": \"/etc/passwd\"", "leads out of the folder")]
    [InlineData("\"name\": \"model.safetensors\"", "\"name\": \"..\"", "leads out of the folder")]
    [InlineData("\"name\": \"model.safetensors\"", "\"name\": \"\"", "leads out of the folder")]
    [InlineData("\"name\": \"model.safetensors\"", "\"name\": null", "")]
    [InlineData("\"name\": \"model.safetensors\"", "\"name\": \"model.frozen.safetensors\"", "named twice")]
    [InlineData("\"file\": \"model.safetensors\"", "\"file\": \"other.safetensors\"", "")]
    [InlineData("\"name\": \"bias\"", "\"name\": \"weight\"", "named twice")]
    [InlineData("\"dtype\": \"I64\"", "\"dtype\": \"i64\"", "element type")]
    [InlineData("\"dtype\": \"I64\"", "\"dtype\": \"F64\", \"dtype\": \"I64\"", "")]
    [InlineData("\"offset\": 4096", "\"offset\": 0", "begins at 0")]
    [InlineData("\"offset\": 4096", "\"offset\": 9223372036854775807", "begins at")]
    [InlineData("\"headerSize\": 4096", "\"headerSize\": 2147483647", "impossible")]
    [InlineData("\"headerSize\": 4096", "\"headerSize\": -1", "impossible")]
    [InlineData("    12,\n", "    9223372036854775807,\n", "")]
    [InlineData("    12,\n", "    -12,\n", "impossible")]
    [InlineData("\"parts\": [", "\"parts\": [ null,", "missing")]
    [InlineData("\"files\": [", "\"files\": [ null,", "missing")]
    [InlineData("\"conditions\": {", "\"conditions\": { \"threads\": null", "null")]
    [InlineData("\"conditions\": {}", "\"conditions\": null", "")]
    [InlineData("\"count\": 7", "\"count\": {\"bits\": \"7ff\"}", "bits")]
    [InlineData("\"count\": 7", "\"count\": {\"real\": 1e999}", "real")]
    [InlineData("\"count\": 7", "\"count\": {\"real\": 1, \"bits\": \"0000000000000000\"}", "more than one")]
    [InlineData("\"count\": 7", "\"count\": {\"utf16\": \"AA\"}", "utf16")]
    [InlineData("\"count\": 7", "\"count\": {}", "marked")]
    [InlineData("\"count\": 7", "\"count\": 7.25", "")]
    [InlineData("\"count\": 7", "\"count\": 9223372036854775808", "")]
    public void A_record_that_breaks_a_rule_is_refused_though_its_checksum_fits(string part, string instead, string reason)
    {
        var index = Good.IndexOf(part, StringComparison.Ordinal);
        Assert.True(index >= 0, $"the record has no {part}");
        var changed = WithChecksum(string.Concat(Good.AsSpan(0, index), instead, Good.AsSpan(index + part.Length)));

        var error = Assert.Throws<InvalidCommitRecordException>(() => Read(changed));

        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100_000_008, true)]
    [InlineData(100_000_009, false)]
    public void A_header_is_no_longer_than_safetensors_allows_though_the_file_would_have_room_for_it(int length, bool isSound)
    {
        var record = Read(Good);
        var file = record.Files[0] with { Name = "huge.safetensors", Size = length, HeaderSize = length };
        var huge = record with { Files = [.. record.Files, file] };

        var error = Record.Exception(() => CommitRecordRules.Check(huge));

        Assert.True(isSound ? error is null : error is InvalidCommitRecordException, error?.Message);
    }

    [Fact]
    public void A_newer_version_is_named_skipped_and_the_older_checkpoint_is_used()
    {
        using var folder = new TemporaryFolder();
        var store = Stores.At(folder.Path);
        store.SaveModel(6);
        store.SaveModel(7);
        var path = folder["step-0000000007", "checkpoint.json"];
        File.WriteAllText(path, WithChecksum(File.ReadAllText(path).Replace("\"format\": 1", "\"format\": 9", StringComparison.Ordinal)));

        var outcome = store.Restore(TestPart.OnlyModel(0));

        Assert.Equal(6, outcome!.Step);
        Assert.Contains("format version is 9", Assert.Single(outcome.Skipped).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_that_leads_out_of_the_folder_reads_nothing_there()
    {
        using var folder = new TemporaryFolder();
        var store = Stores.At(folder.Path);
        store.SaveModel(7);
        File.Move(folder["step-0000000007", "model.safetensors"], folder["model.safetensors"]);
        var path = folder["step-0000000007", "checkpoint.json"];
        File.WriteAllText(path, WithChecksum(File.ReadAllText(path).Replace("\"model.safetensors\"", "\"../model.safetensors\"", StringComparison.Ordinal)));

        var error = Assert.Throws<NoValidCheckpointException>(() => store.Restore(TestPart.OnlyModel(0)));

        Assert.Contains("leads out of the folder", Assert.Single(error.Skipped).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_does_not_agree_with_the_record_is_found_though_all_hashes_fit()
    {
        using var folder = new TemporaryFolder();
        var store = Stores.At(folder.Path);
        store.SaveModel(7);
        var path = folder["step-0000000007", "checkpoint.json"];
        File.WriteAllText(path, WithChecksum(File.ReadAllText(path).Replace("\"bias\"", "\"base\"", StringComparison.Ordinal)));

        var fault = Assert.Single(store.List()[0].Verify());

        Assert.Equal(("model.safetensors", "its header and the commit record name different tensors"), (fault.File, fault.Problem));
    }

    [Fact]
    public void Random_bytes_are_refused() =>
        Gen.Byte.Array[0, 400].Sample(bytes => Survives(bytes, out _), iter: 5_000);

    [Fact]
    public void Random_changes_with_a_checksum_that_fits_are_refused_or_read_by_the_rules()
    {
        var body = Encoding.UTF8.GetBytes(Good[..Good.LastIndexOf(",\n \"checksum\"", StringComparison.Ordinal)]);
        Gen.Select(Gen.Int[0, body.Length - 1], Gen.OneOf(Gen.Byte, Gen.OneOf("{}[]\",:0159\\ue-n"u8.ToArray())))
            .Array[1, 4]
            .Sample(
                changes =>
                {
                    var changed = body.ToArray();
                    foreach (var (position, value) in changes)
                        changed[position] = value;
                    return Survives(WithChecksum(changed), out var record)
                        && (record is null || record.Files.All(file => FileNames.IsPlain(file.Name) && file.HeaderSize <= file.Size));
                },
                iter: 20_000);
    }

    private static bool Survives(byte[] bytes, out CommitRecord? record)
    {
        record = null;
        var before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            record = CommitRecordFile.FromBytes(bytes);
        }
        catch (InvalidCommitRecordException)
        {
            // Refused: as good as read.
        }

        return GC.GetAllocatedBytesForCurrentThread() - before < 1_000_000;
    }

    private static CommitRecord Read(string json) => CommitRecordFile.FromBytes(Encoding.UTF8.GetBytes(json));

    private static string WithChecksum(string record) =>
        Encoding.UTF8.GetString(WithChecksum(Encoding.UTF8.GetBytes(record[..record.LastIndexOf(",\n \"checksum\"", StringComparison.Ordinal)])));

    private static byte[] WithChecksum(byte[] body) =>
        [.. body, .. Encoding.ASCII.GetBytes($",\n \"checksum\": \"{ContentHash.Of(body)}\"\n}}\n")];

    private static string SomeRecord()
    {
        using var folder = new TemporaryFolder();
        Stores.At(folder.Path).SaveModel(7);
        return File.ReadAllText(folder["step-0000000007", "checkpoint.json"]);
    }
}
