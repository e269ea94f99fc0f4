using System.Text;
using System.Text.Json;

namespace Cairn.Checkpoints.Records;

/// <summary>The commit record as bytes: JSON that ends with a checksum of itself.</summary>
/// <remarks>
/// The last member of the object is <c>"checksum"</c>, the XxHash128 of every byte before the comma that precedes it; the
/// file ends in exactly this form in every version of the format. So one flipped bit anywhere is found before anything is
/// believed, the file is still plain JSON, and nothing needs to be parsed to check it.
/// </remarks>
internal static class CommitRecordFile
{
    /// <summary>The longest record that is written or read, in bytes.</summary>
    public const int MaximumLength = 256 * 1024 * 1024;

    private const string BeforeChecksum = ",\n \"checksum\": \"";
    private const string AfterChecksum = "\"\n}\n";
    private const int TailLength = 16 + ContentHash.TextLength + 4;

    /// <summary>The bytes of <c>checkpoint.json</c>.</summary>
    /// <exception cref="ArgumentException">The record is longer than what would be read again.</exception>
    public static byte[] ToBytes(CommitRecord record)
    {
        var json = CommitRecordJson.Write(record).Span;

        // The object without its closing line, which the tail brings back.
        var body = json[..^2];
        if (body.Length > MaximumLength - TailLength)
            throw new ArgumentException($"the values and names of checkpoint {record.Step} need {body.Length} bytes in the commit record, {MaximumLength} are allowed: keep large state in tensors", nameof(record));
        return [.. body, .. Encoding.ASCII.GetBytes(BeforeChecksum + ContentHash.Of(body) + AfterChecksum)];
    }

    /// <summary>The checksum that the bytes of a record end with.</summary>
    /// <exception cref="InvalidCommitRecordException">It is not theirs, or they end otherwise.</exception>
    public static ContentHash Checksum(ReadOnlySpan<byte> bytes)
    {
        CheckedBody(bytes, out var checksum);
        return checksum;
    }

    /// <summary>Reads the bytes of <c>checkpoint.json</c>; overwrites some of them.</summary>
    /// <exception cref="InvalidCommitRecordException">The checksum, the version, the form or the content is not right.</exception>
    public static CommitRecord FromBytes(byte[] bytes)
    {
        var body = CheckedBody(bytes);
        bytes[body] = (byte)'}';
        var json = bytes.AsMemory(0, body + 1);
        try
        {
            var format = FormatOf(json.Span);
            if (format > CommitRecord.CurrentFormat)
                throw new InvalidCommitRecordException($"its format version is {format}, this Cairn reads up to {CommitRecord.CurrentFormat}: use the Cairn that wrote it, or a newer one");
            if (format < 1)
                throw new InvalidCommitRecordException("it does not begin with a format version");
            var record = CommitRecordJson.Read(json);
            CommitRecordRules.Check(record);
            return record;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or OverflowException)
        {
            throw new InvalidCommitRecordException($"it is not sound: {e.Message}", e);
        }
    }

    /// <summary>Reads which checkpoint it is, from the record's first members; its checksum is checked, the rest is not.</summary>
    /// <exception cref="InvalidCommitRecordException">The checksum or the form is not right.</exception>
    public static CheckpointId IdFromBytes(byte[] bytes)
    {
        var json = new Utf8JsonReader(bytes.AsSpan(0, CheckedBody(bytes)));
        try
        {
            if (!json.Read() || Number(ref json, "format") is not { } || Number(ref json, "step") is not { } step || Number(ref json, "attempt") is not { } attempt)
                throw new InvalidCommitRecordException("it does not begin with a format version, a step and an attempt");
            return new CheckpointId(step, checked((int)attempt));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or OverflowException)
        {
            throw new InvalidCommitRecordException($"it is not sound: {e.Message}", e);
        }

        static long? Number(ref Utf8JsonReader json, string name) =>
            json.Read() && json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals(name) && json.Read() && json.TryGetInt64(out var number) ? number : null;
    }

    private static int CheckedBody(ReadOnlySpan<byte> bytes) => CheckedBody(bytes, out _);

    private static int CheckedBody(ReadOnlySpan<byte> bytes, out ContentHash checksum)
    {
        checksum = default;
        var body = bytes.Length - TailLength;
        if (body < 1)
            throw new InvalidCommitRecordException($"it has {bytes.Length} bytes, it was cut short or never written");
        var tail = Encoding.Latin1.GetString(bytes[body..]);
        if (!tail.StartsWith(BeforeChecksum, StringComparison.Ordinal)
            || !tail.EndsWith(AfterChecksum, StringComparison.Ordinal)
            || !ContentHash.TryParse(tail.AsSpan(BeforeChecksum.Length, ContentHash.TextLength), out checksum))
            throw new InvalidCommitRecordException("it does not end with its checksum: it was cut short or overwritten");
        if (ContentHash.Of(bytes[..body]) != checksum)
            throw new InvalidCommitRecordException("its checksum is wrong: some of its bytes changed");
        return body;
    }

    private static int FormatOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return reader.Read() && reader.Read() && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("format")
            && reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var format)
            ? format
            : 0;
    }
}
