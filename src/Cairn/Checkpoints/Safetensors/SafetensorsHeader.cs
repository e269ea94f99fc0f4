using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Unicode;

namespace Cairn.Checkpoints.Safetensors;

/// <summary>A tensor that a payload file's header names, with its place in the file.</summary>
/// <param name="Info">Name, element type and shape as stored.</param>
/// <param name="Offset">The first byte, from the file's beginning.</param>
internal sealed record SafetensorsEntry(TensorInfo Info, long Offset);

/// <summary>Reads the header of a payload file by the format's rules, and believes nothing that it says.</summary>
/// <remarks>
/// The rules: eight bytes, the header's length N, little-endian, at most 100,000,000 and within the file; JSON in UTF-8 that
/// begins with <c>{</c> and is followed by white space at most; no key twice; <c>__metadata__</c> maps strings to strings; each
/// tensor has exactly dtype, shape and data_offsets; sorted by offset the first begins at 0, each begins where the last ended,
/// has the size that type and shape give, and the last ends with the file. Memory stays within a few times the header's length.
/// </remarks>
internal static class SafetensorsHeader
{
    /// <summary>The longest header that the format allows, in bytes.</summary>
    public const long MaximumLength = 100_000_000;

    // torch has at most 64 dimensions; a longer list can only be an attack on memory.
    private const int MaximumDimensions = 65;

    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 4 };

    /// <summary>The size of everything before the data, taken from a file's first eight bytes.</summary>
    /// <exception cref="SafetensorsFormatException">The length is not possible in a file of this size.</exception>
    public static int Size(ReadOnlySpan<byte> firstBytes, long fileSize)
    {
        if (fileSize < sizeof(ulong) || firstBytes.Length < sizeof(ulong))
            throw new SafetensorsFormatException($"the file has {fileSize} bytes, too few for a header");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(firstBytes);
        if (length > MaximumLength || (long)length > fileSize - sizeof(ulong))
            throw new SafetensorsFormatException($"the header's length is given as {length} bytes in a file of {fileSize}");
        return (int)length + sizeof(ulong);
    }

    /// <summary>Reads all tensors of a header, in the order of their offsets.</summary>
    /// <param name="header">All bytes before the data: <see cref="Size"/> of them.</param>
    /// <param name="fileSize">The size of the whole file in bytes.</param>
    /// <exception cref="SafetensorsFormatException">A rule is broken.</exception>
    public static ImmutableArray<SafetensorsEntry> Parse(ReadOnlySpan<byte> header, long fileSize)
    {
        if (Size(header, fileSize) != header.Length)
            throw new SafetensorsFormatException($"the header's length is not {header.Length - sizeof(ulong)} bytes");
        var json = header[sizeof(ulong)..];
        if (json.IsEmpty || json[0] != (byte)'{')
            throw new SafetensorsFormatException("the header does not begin with '{'");
        if (!Utf8.IsValid(json))
            throw new SafetensorsFormatException("the header is not UTF-8");
        try
        {
            var reader = new Utf8JsonReader(json, Strict);
            return Tiled(ReadTensors(ref reader), header.Length, fileSize);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or OverflowException)
        {
            // InvalidOperation: an escape that is no character. Overflow: a shape whose product is beyond 63 bits.
            throw new SafetensorsFormatException($"the header is not sound: {e.Message}", e);
        }
    }

    private static List<Entry> ReadTensors(ref Utf8JsonReader reader)
    {
        var tensors = new List<Entry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        reader.Read();
        while (NextName(ref reader) is { } name)
        {
            if (!names.Add(name))
                throw new SafetensorsFormatException($"the header names '{name}' twice");
            if (name == SafetensorsLayout.MetadataKey)
                SkipMetadata(ref reader);
            else
                tensors.Add(ReadTensor(ref reader, name));
        }

        // Reading on is what finds anything but white space behind the object.
        reader.Read();
        return tensors;
    }

    private static void SkipMetadata(ref Utf8JsonReader reader)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        Expect(ref reader, JsonTokenType.StartObject, SafetensorsLayout.MetadataKey);
        while (NextName(ref reader) is { } key)
        {
            if (!keys.Add(key))
                throw new SafetensorsFormatException($"{SafetensorsLayout.MetadataKey} has '{key}' twice");
            Expect(ref reader, JsonTokenType.String, SafetensorsLayout.MetadataKey);
        }
    }

    private static Entry ReadTensor(ref Utf8JsonReader reader, string name)
    {
        DType? type = null;
        ImmutableArray<long>? shape = null, offsets = null;
        Expect(ref reader, JsonTokenType.StartObject, name);
        while (NextName(ref reader) is { } key)
        {
            switch (key)
            {
                case "dtype" when type is null:
                    Expect(ref reader, JsonTokenType.String, name);
                    type = StoredType(reader.GetString(), name);
                    break;
                case "shape" when shape is null:
                    shape = ReadSizes(ref reader, MaximumDimensions, name);
                    break;
                case "data_offsets" when offsets is null:
                    offsets = ReadSizes(ref reader, 2, name);
                    break;
                default:
                    throw new SafetensorsFormatException($"tensor '{name}' has a '{key}' too many");
            }
        }

        if (type is null || shape is null || offsets is not [var begin, var end])
            throw new SafetensorsFormatException($"tensor '{name}' lacks one of dtype, shape and two data_offsets");
        return new Entry(new TensorInfo(name, type.Value, shape.Value), begin, end);
    }

    private static DType StoredType(string? dtype, string name) =>
        SafetensorsTypes.TryFind(dtype, out var type) && type is not (DType.Complex64 or DType.Complex128)
            ? type
            : throw new SafetensorsFormatException($"tensor '{name}' has the unknown element type '{dtype}'");

    private static ImmutableArray<long> ReadSizes(ref Utf8JsonReader reader, int most, string name)
    {
        var sizes = ImmutableArray.CreateBuilder<long>();
        Expect(ref reader, JsonTokenType.StartArray, name);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var size) || size < 0)
                throw new SafetensorsFormatException($"tensor '{name}' has a size or offset that is not a whole number from 0 to 2^63-1");
            if (sizes.Count == most)
                throw new SafetensorsFormatException($"tensor '{name}' has more than {most} sizes or offsets in a list");
            sizes.Add(size);
        }

        return sizes.DrainToImmutable();
    }

    private static ImmutableArray<SafetensorsEntry> Tiled(List<Entry> tensors, int dataStart, long fileSize)
    {
        var end = 0L;
        var entries = ImmutableArray.CreateBuilder<SafetensorsEntry>(tensors.Count);
        tensors.Sort((one, other) => one.Begin != other.Begin ? one.Begin.CompareTo(other.Begin) : one.End.CompareTo(other.End));
        foreach (var tensor in tensors)
        {
            if (tensor.Begin != end)
                throw new SafetensorsFormatException($"tensor '{tensor.Info.Name}' begins at {tensor.Begin}, the one before it ends at {end}");
            if (tensor.End - tensor.Begin != tensor.Info.ByteCount)
                throw new SafetensorsFormatException($"tensor '{tensor.Info.Name}' ({tensor.Info.Form}) has {tensor.End - tensor.Begin} bytes instead of {tensor.Info.ByteCount}");
            entries.Add(new SafetensorsEntry(tensor.Info, dataStart + tensor.Begin));
            end = tensor.End;
        }

        if (end != fileSize - dataStart)
            throw new SafetensorsFormatException($"the tensors end at byte {dataStart + end} of a file of {fileSize}");
        return entries.DrainToImmutable();
    }

    private static string? NextName(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType token, string name)
    {
        if (!reader.Read() || reader.TokenType != token)
            throw new SafetensorsFormatException($"'{name}' has a {reader.TokenType} where a {token} belongs");
    }

    private sealed record Entry(TensorInfo Info, long Begin, long End);
}
