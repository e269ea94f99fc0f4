using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Cairn.Cli.Inspection;

/// <summary>
/// An event file of TensorBoard: records of a length, the event's bytes, and a masked CRC-32C behind each of the two
/// (TensorFlow's <c>record_writer.cc</c>). An event is a message of Protocol Buffers (<c>event.proto</c>, <c>summary.proto</c>), of which three forms of
/// field are needed here.
/// </summary>
internal static class TensorBoardFile
{
    // TensorBoard takes every file with ".tfevents" in its name. Always the same one, so that writing again replaces and adds no second curve.
    private const string FileName = "events.out.tfevents.cairn";

    /// <summary>Writes the metrics into a folder, which is made when missing. What an earlier call wrote there is replaced at once, or stays.</summary>
    /// <returns>The file.</returns>
    public static string Write(string folder, IReadOnlyList<MetricSeries> metrics)
    {
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, FileName);
        var temporary = Path.Combine(folder, $".cairn-{Guid.NewGuid():N}.tmp");
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 64 << 10))
                Write(file, metrics);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        return path;
    }

    /// <summary>Writes the metrics as the bytes of a file.</summary>
    public static void Write(Stream output, IReadOnlyList<MetricSeries> metrics)
    {
        var first = metrics.Count == 0 ? default : metrics.Min(metric => metric.Points[0].Time);
        var message = new Message();
        Record(output, message.Real(1, Seconds(first)).Text(3, "brain.Event:2"));
        var (value, summary) = (new Message(), new Message());
        foreach (var metric in metrics)
        {
            foreach (var point in metric.Points)
            {
                value.Clear().Text(1, metric.Name).Single(2, (float)point.Value);
                summary.Clear().Embedded(1, value);
                Record(output, message.Clear().Real(1, Seconds(point.Time)).Integer(2, point.Step).Embedded(5, summary));
            }
        }
    }

    private static double Seconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).TotalSeconds;

    private static void Record(Stream output, Message message)
    {
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)message.Bytes.Length);
        output.Write(length);
        Checksum(output, length);
        output.Write(message.Bytes);
        Checksum(output, message.Bytes);
    }

    // Masked, for the checksum of bytes that hold their own checksum says nothing.
    private static void Checksum(Stream output, ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var one in bytes)
            crc = BitOperations.Crc32C(crc, one);
        Span<byte> masked = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(masked, unchecked(BitOperations.RotateRight(~crc, 15) + 0xa282ead8));
        output.Write(masked);
    }

    /// <summary>The bytes of a message. A field begins with its number and the form of what follows.</summary>
    private sealed class Message
    {
        private readonly ArrayBufferWriter<byte> bytes = new();

        public ReadOnlySpan<byte> Bytes => bytes.WrittenSpan;

        public Message Clear()
        {
            bytes.ResetWrittenCount();
            return this;
        }

        public Message Integer(int field, long value) => Varint((ulong)(field << 3)).Varint((ulong)value);

        public Message Real(int field, double value)
        {
            Span<byte> fixed64 = stackalloc byte[sizeof(double)];
            BinaryPrimitives.WriteDoubleLittleEndian(fixed64, value);
            Varint((ulong)((field << 3) | 1)).bytes.Write(fixed64);
            return this;
        }

        public Message Single(int field, float value)
        {
            Span<byte> fixed32 = stackalloc byte[sizeof(float)];
            BinaryPrimitives.WriteSingleLittleEndian(fixed32, value);
            Varint((ulong)((field << 3) | 5)).bytes.Write(fixed32);
            return this;
        }

        public Message Text(int field, string value) => Length(field, Encoding.UTF8.GetBytes(value));

        public Message Embedded(int field, Message value) => Length(field, value.Bytes);

        private Message Length(int field, ReadOnlySpan<byte> value)
        {
            Varint((ulong)((field << 3) | 2)).Varint((ulong)value.Length).bytes.Write(value);
            return this;
        }

        private Message Varint(ulong value)
        {
            for (; value >= 0x80; value >>= 7)
                bytes.Write([(byte)(value | 0x80)]);
            bytes.Write([(byte)value]);
            return this;
        }
    }
}
