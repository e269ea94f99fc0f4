using System.Text;
using Cairn.Checkpoints.Records;

namespace Cairn.Checkpoints.Shares;

/// <summary>What ranks send each other about a save, as bytes and back. Whoever brings them there is not known here.</summary>
internal static class Message
{
    /// <summary>Writes one.</summary>
    public static byte[] ToBytes(Action<BinaryWriter> write)
    {
        using var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true))
            write(writer);
        return bytes.ToArray();
    }

    /// <summary>Reads one, all of it.</summary>
    /// <exception cref="InvalidDataException">It is not of its form.</exception>
    public static T FromBytes<T>(byte[] bytes, Func<BinaryReader, T> read)
    {
        try
        {
            using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
            var message = read(reader);
            return reader.BaseStream.Position == bytes.Length ? message : throw new InvalidDataException("a message about a save is longer than what it tells");
        }
        catch (Exception e) when (e is IOException or FormatException or ArgumentException)
        {
            throw new InvalidDataException("a message about a save is cut short, or of another version of Cairn", e);
        }
    }

    /// <summary>Writes a list.</summary>
    public static void WriteList<T>(this BinaryWriter writer, IReadOnlyCollection<T> items, Action<T> write)
    {
        writer.Write(items.Count);
        foreach (var item in items)
            write(item);
    }

    /// <summary>Reads a list. Its length is not believed: it grows as items come.</summary>
    public static List<T> ReadList<T>(this BinaryReader reader, Func<T> read)
    {
        var items = new List<T>();
        for (var left = reader.ReadInt32(); left > 0; left--)
            items.Add(read());
        return items;
    }

    public static void Write(this BinaryWriter writer, ContentHash hash)
    {
        writer.Write(hash.High);
        writer.Write(hash.Low);
    }

    public static ContentHash ReadHash(this BinaryReader reader) => new(reader.ReadUInt64(), reader.ReadUInt64());
}
