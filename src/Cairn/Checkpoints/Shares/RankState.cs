using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Cairn.Checkpoints.Records;

namespace Cairn.Checkpoints.Shares;

/// <summary>
/// One rank's state of a part that each has of its own, as the bytes of one tensor: the length of what follows in four bytes, the part as a
/// record has it, and the tensors' bytes without gaps.
/// </summary>
internal static class RankState
{
    /// <summary>How many bytes it may have: it travels to rank 0 with every save.</summary>
    public const int MaximumLength = 64 << 10;

    /// <summary>The name of a rank's tensor.</summary>
    public static string TensorName(int rank) => $"r{rank.ToString(CultureInfo.InvariantCulture).PadLeft(5, '0')}/state";

    /// <summary>Takes a state.</summary>
    /// <exception cref="UntrackableStateException">It is too long.</exception>
    public static byte[] ToBytes(string part, PartState state)
    {
        var (data, tensors) = (new ArrayBufferWriter<byte>(), ImmutableArray.CreateBuilder<RecordedTensor>());
        if (state.Tensors.Sum(tensor => tensor.Info.ByteCount) is var length and > MaximumLength)
            throw TooLong(part, length);
        foreach (var tensor in state.Tensors)
        {
            var bytes = data.GetSpan((int)tensor.Info.ByteCount)[..(int)tensor.Info.ByteCount];
            tensor.CopyTo(0, bytes);
            tensors.Add(new RecordedTensor
            {
                Name = tensor.Info.Name,
                File = "",
                DType = tensor.Info.DType,
                Shape = tensor.Info.Shape,
                Offset = data.WrittenCount,
                Hash = ContentHash.Of(bytes),
            });
            data.Advance(bytes.Length);
        }

        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json))
            CommitRecordJson.Write(writer, new RecordedPart { Name = part, Values = state.Values, Tensors = tensors.ToImmutable() });
        if (sizeof(int) + json.WrittenCount + data.WrittenCount is var all and > MaximumLength)
            throw TooLong(part, all);
        var jsonLength = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(jsonLength, json.WrittenCount);
        return [.. jsonLength, .. json.WrittenSpan, .. data.WrittenSpan];
    }

    /// <summary>Reads a state.</summary>
    /// <exception cref="InvalidCommitRecordException">It is none.</exception>
    public static PartReader FromBytes(byte[] bytes)
    {
        try
        {
            var length = bytes.Length < sizeof(int) ? -1 : BinaryPrimitives.ReadInt32LittleEndian(bytes);
            if (length < 0 || length > bytes.Length - sizeof(int))
                throw new InvalidCommitRecordException("a rank's state is cut short");
            var part = CommitRecordJson.ReadPart(bytes.AsMemory(sizeof(int), length));
            var (data, end) = (bytes.AsMemory(sizeof(int) + length), 0L);
            foreach (var tensor in part.Tensors)
            {
                if (tensor.Offset != end || tensor.Shape.Any(size => size < 0) || (end = checked(end + tensor.Info.ByteCount)) > data.Length)
                    throw new InvalidCommitRecordException($"tensor '{tensor.Name}' of a rank's state lies outside of it");
            }

            return new PartReader(part.ToPartRecord(), targets => Fill(part, data, targets));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or OverflowException)
        {
            throw new InvalidCommitRecordException($"a rank's state is not sound: {e.Message}", e);
        }
    }

    private static void Fill(RecordedPart part, ReadOnlyMemory<byte> data, IReadOnlyCollection<PartTensor> targets)
    {
        foreach (var target in targets)
        {
            var tensor = part.Tensors.FirstOrDefault(one => one.Info.Equals(target.Info))
                ?? throw new ArgumentException($"part '{part.Name}' asks for {target.Info}, which is not what the checkpoint has", nameof(targets));
            target.CopyFrom(0, data.Span.Slice((int)tensor.Offset, (int)target.Info.ByteCount));
        }
    }

    private static UntrackableStateException TooLong(string part, long length) =>
        new($"{part}: a rank's own state of a part can have {MaximumLength} bytes at most, and this has {length}. Keep less in it; what is the same on all ranks, and tracked so, may be longer");
}
