using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Cairn.Checkpoints.Safetensors;

namespace Cairn.Checkpoints.Records;

/// <summary>The record as JSON and back. By hand: a process reads it once, and generated readers would be compiled for that each time.</summary>
internal static class CommitRecordJson
{
    private static readonly JsonWriterOptions Writing = new() { Indented = true, IndentSize = 1, NewLine = "\n", MaxDepth = 64 };

    public static ReadOnlyMemory<byte> Write(CommitRecord record)
    {
        // About as long as it becomes: a long one is not to be copied again and again while it grows.
        var tensors = 0;
        foreach (var part in record.Parts)
            tensors += part.Tensors.Length;
        var bytes = new ArrayBufferWriter<byte>(4096 + (tensors * 256));
        using (var writer = new Utf8JsonWriter(bytes, Writing))
            Write(writer, record);
        return bytes.WrittenMemory;
    }

    /// <exception cref="JsonException">It is no JSON, or not of a record's form.</exception>
    /// <exception cref="InvalidOperationException">A text is no Unicode.</exception>
    public static CommitRecord Read(ReadOnlyMemory<byte> bytes)
    {
        using var json = JsonDocument.Parse(bytes);
        return ReadRecord(new RecordMembers(json.RootElement, "the record"));
    }

    /// <summary>The record as one value among others.</summary>
    public static void Write(Utf8JsonWriter json, CommitRecord record)
    {
        json.WriteStartObject();
        json.WriteNumber("format", record.Format);
        json.WriteNumber("step", record.Step);
        json.WriteNumber("attempt", record.Attempt);
        json.WriteString("job", record.Job);
        json.WriteNumber("worldSize", record.WorldSize);
        json.WriteString("savedAt", record.SavedAt);
        json.WriteString("cairn", record.Cairn);
        WriteValues(json, "metadata", record.Metadata);
        json.WriteStartObject("conditions");
        foreach (var (name, value) in record.Conditions)
            json.WriteString(name, value);
        json.WriteEndObject();
        if (record.Format > 1)
            json.WriteNumber("segment", record.Segment);
        json.WriteStartArray("files");
        foreach (var file in record.Files)
            Write(json, file);
        json.WriteEndArray();
        json.WriteStartArray("parts");
        foreach (var part in record.Parts)
            Write(json, part);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static CommitRecord ReadRecord(RecordMembers members)
    {
        var format = members.Int("format");
        var record = new CommitRecord
        {
            Format = format,
            Step = members.Long("step"),
            Attempt = members.Int("attempt"),
            Job = members.TextOrNull("job"),
            WorldSize = members.Int("worldSize"),
            SavedAt = members.Time("savedAt"),
            Cairn = members.Text("cairn"),
            Metadata = ReadValues(members.Object("metadata")),
            Conditions = ReadConditions(members.Object("conditions")),
            Segment = format > 1 ? members.Long("segment") : FormatLimits.Uncut,
            Files = ReadFiles(members.Array("files")),
            Parts = ReadParts(members.Array("parts"), format),
        };
        members.End();
        return record;
    }

    private static void Write(Utf8JsonWriter json, RecordedFile file)
    {
        json.WriteStartObject();
        json.WriteString("name", file.Name);
        json.WriteNumber("size", file.Size);
        json.WriteNumber("headerSize", file.HeaderSize);
        json.WriteString("headerHash", file.HeaderHash.ToString());
        json.WriteEndObject();
    }

    private static RecordedFile ReadFile(RecordMembers members)
    {
        var file = new RecordedFile
        {
            Name = members.Text("name"),
            Size = members.Long("size"),
            HeaderSize = members.Int("headerSize"),
            HeaderHash = members.Hash("headerHash"),
        };
        members.End();
        return file;
    }

    /// <summary>One part alone, as it stands in a record of the newest format.</summary>
    /// <exception cref="JsonException">It is no JSON, or not of a part's form.</exception>
    /// <exception cref="InvalidOperationException">A text is no Unicode.</exception>
    public static RecordedPart ReadPart(ReadOnlyMemory<byte> bytes)
    {
        using var json = JsonDocument.Parse(bytes);
        return ReadPart(Element(json.RootElement, "part"), CommitRecord.CurrentFormat);
    }

    /// <summary>One part.</summary>
    public static void Write(Utf8JsonWriter json, RecordedPart part)
    {
        json.WriteStartObject();
        json.WriteString("name", part.Name);
        if (part.Ranks > 0)
            json.WriteNumber("ranks", part.Ranks);
        WriteValues(json, "values", part.Values);
        json.WriteStartArray("tensors");
        foreach (var tensor in part.Tensors)
            Write(json, tensor);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static RecordedPart ReadPart(RecordMembers members, int format)
    {
        var part = new RecordedPart
        {
            Name = members.Text("name"),
            Ranks = format > 1 && members.Has("ranks") ? members.Int("ranks") : 0,
            Values = ReadValues(members.Object("values")),
            Tensors = ReadTensors(members.Array("tensors"), format),
        };
        members.End();
        return part;
    }

    private static void Write(Utf8JsonWriter json, RecordedTensor tensor)
    {
        json.WriteStartObject();
        json.WriteString("name", tensor.Name);
        json.WriteString("file", tensor.File);
        json.WriteString("dtype", SafetensorsTypes.NameOf(tensor.DType));
        json.WriteStartArray("shape");
        foreach (var size in tensor.Shape)
            json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteNumber("offset", tensor.Offset);
        Span<char> hash = stackalloc char[ContentHash.TextLength];
        tensor.Hash.Write(hash);
        if (tensor.MoreHashes.Length == 0)
        {
            json.WriteString("hash", hash);
        }
        else
        {
            json.WriteStartArray("hashes");
            json.WriteStringValue(hash);
            foreach (var more in tensor.MoreHashes)
            {
                more.Write(hash);
                json.WriteStringValue(hash);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static RecordedTensor ReadTensor(RecordMembers members, int format)
    {
        var hashes = format > 1 && members.Has("hashes") ? members.Hashes("hashes") : [members.Hash("hash")];
        var tensor = new RecordedTensor
        {
            Name = members.Text("name"),
            File = members.Text("file"),
            DType = SafetensorsTypes.TryFind(members.TextOrNull("dtype"), out var type)
                ? type
                : throw members.Unfit("dtype", "is no element type; those are " + SafetensorsTypes.All),
            Shape = ReadShape(members),
            Offset = members.Long("offset"),
            Hash = hashes[0],
            MoreHashes = hashes[1..],
        };
        members.End();
        return tensor;
    }

    private static ImmutableArray<long> ReadShape(RecordMembers members)
    {
        var sizes = members.Array("shape");
        var shape = new long[sizes.GetArrayLength()];
        var dimension = 0;
        foreach (var size in sizes.EnumerateArray())
        {
            if (size.ValueKind != JsonValueKind.Number || !size.TryGetInt64(out shape[dimension++]))
                throw members.Unfit("shape", "has a size that is no whole number of 64 bits");
        }

        return System.Runtime.InteropServices.ImmutableCollectionsMarshal.AsImmutableArray(shape);
    }

    private static ImmutableArray<RecordedFile> ReadFiles(JsonElement files)
    {
        var read = ImmutableArray.CreateBuilder<RecordedFile>(files.GetArrayLength());
        foreach (var file in files.EnumerateArray())
            read.Add(ReadFile(Element(file, "file")));
        return read.MoveToImmutable();
    }

    private static ImmutableArray<RecordedPart> ReadParts(JsonElement parts, int format)
    {
        var read = ImmutableArray.CreateBuilder<RecordedPart>(parts.GetArrayLength());
        foreach (var part in parts.EnumerateArray())
            read.Add(ReadPart(Element(part, "part"), format));
        return read.MoveToImmutable();
    }

    private static ImmutableArray<RecordedTensor> ReadTensors(JsonElement tensors, int format)
    {
        var read = ImmutableArray.CreateBuilder<RecordedTensor>(tensors.GetArrayLength());
        foreach (var tensor in tensors.EnumerateArray())
            read.Add(ReadTensor(Element(tensor, "tensor"), format));
        return read.MoveToImmutable();
    }

    private static RecordMembers Element(JsonElement json, string what) =>
        json.ValueKind == JsonValueKind.Null ? throw new JsonException($"a {what} is missing, it is null") : new RecordMembers(json, $"a {what}");

    private static Dictionary<string, string> ReadConditions(JsonElement json)
    {
        var conditions = new Dictionary<string, string>();
        foreach (var member in json.EnumerateObject())
        {
            var value = member.Value.ValueKind switch
            {
                JsonValueKind.String => member.Value.GetString()!,
                JsonValueKind.Null => throw new JsonException($"the condition '{member.Name}' is null"),
                _ => throw new JsonException($"the condition '{member.Name}' is no text"),
            };
            if (!conditions.TryAdd(member.Name, value))
                throw new JsonException($"the condition '{member.Name}' is there twice");
        }

        return conditions;
    }

    private static void WriteValues(Utf8JsonWriter json, string name, IReadOnlyDictionary<string, PartValue> values)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in values)
        {
            json.WritePropertyName(key);
            PartValueJson.Write(json, value);
        }

        json.WriteEndObject();
    }

    private static Dictionary<string, PartValue> ReadValues(JsonElement json)
    {
        var values = new Dictionary<string, PartValue>();
        foreach (var member in json.EnumerateObject())
        {
            if (!values.TryAdd(member.Name, PartValueJson.Read(member.Value)))
                throw new JsonException($"the value '{member.Name}' is there twice");
        }

        return values;
    }
}
