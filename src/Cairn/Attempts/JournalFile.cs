using System.Text;

namespace Cairn.Attempts;

/// <summary>Reads a part of a journal, and says how much there was.</summary>
internal delegate int JournalBytes(long offset, Span<byte> bytes);

/// <summary>Reads a journal, which may be long: whole, or its ends and what decides.</summary>
internal static class JournalFile
{
    /// <summary>So much of the beginning and of the end is read whole, in bytes.</summary>
    public const int End = 64 << 10;
    private const int Chunk = 1 << 20;

    // What is looked for in the middle: where the attempt began and how it ended. The word is the line's first member.
    private static readonly byte[][] Decisive =
        [.. new[] { "remembered", "resumed", "interrupted", "stopped", "finished", "attempt-ended", "attempt-started", "program-ended" }.Select(JournalForm.BeginOf)];

    private static readonly byte[] SavedLine = JournalForm.BeginOf("saved");

    /// <summary>The events of a journal that somebody opened, all of them.</summary>
    public static IReadOnlyList<JournalEvent> ReadAll(Stream journal)
    {
        var events = new List<JournalEvent>();
        using var reader = new StreamReader(journal);
        while (reader.ReadLine() is { } line)
        {
            // A journal is a story, not the state: what cannot be read of it must not stop a run.
            if (JournalForm.Read(line) is { } entry)
                events.Add(entry);
        }

        return events;
    }

    /// <summary>All events of a journal.</summary>
    public static IReadOnlyList<JournalEvent> ReadAll(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return ReadAll(stream);
    }

    /// <summary>
    /// The events of the first and the last <see cref="End"/> bytes, and those between that say where the attempt began, how it ended,
    /// and which checkpoint was its last: these are looked for where the ends do not have them.
    /// </summary>
    public static IReadOnlyList<JournalEvent> ReadEnds(string path)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return ReadEnds(RandomAccess.GetLength(file), (offset, bytes) => ReadFrom(file, offset, bytes));
    }

    /// <summary>The same of a file that somebody opened.</summary>
    /// <param name="length">Its length.</param>
    /// <param name="file">Reads from it.</param>
    public static IReadOnlyList<JournalEvent> ReadEnds(long length, JournalBytes file)
    {
        var events = new List<JournalEvent>();
        if (length <= 2 * End)
        {
            AddAll(events, Read(file, 0, (int)length));
            return events;
        }

        // Whole lines: what is cut by the border of an end belongs to the middle.
        var head = Read(file, 0, End);
        var from = head.LastIndexOf((byte)'\n') + 1;
        AddAll(events, head[..from]);
        var tail = Read(file, length - End, End);
        var after = tail.IndexOf((byte)'\n') + 1;
        var last = new List<JournalEvent>();
        AddAll(last, tail[after..]);
        if (!(events.Exists(entry => entry is Resumed) && last.Exists(entry => entry is Saved) && last.Exists(entry => entry is Stopped or Finished or AttemptEnded)))
            AddDecisive(events, file, from, length - End + after);
        events.AddRange(last);
        return events;
    }

    private static void AddAll(List<JournalEvent> events, ReadOnlySpan<byte> lines)
    {
        foreach (var range in lines.Split((byte)'\n'))
            Add(events, lines[range]);
    }

    private static void Add(List<JournalEvent> events, ReadOnlySpan<byte> line)
    {
        if (!line.IsEmpty && JournalForm.Read(Encoding.UTF8.GetString(line)) is { } entry)
            events.Add(entry);
    }

    private static void AddDecisive(List<JournalEvent> events, JournalBytes file, long from, long to)
    {
        byte[]? lastSaved = null;
        for (var at = from; at < to;)
        {
            var bytes = Read(file, at, (int)Math.Min(Chunk, to - at));
            var whole = bytes.LastIndexOf((byte)'\n') + 1;
            if (whole == 0)
                whole = bytes.Length; // a line of more than a chunk says nothing that is looked for
            if (whole == 0)
                break; // it became shorter
            foreach (var range in bytes[..whole].Split((byte)'\n'))
            {
                var line = bytes[range];
                if (line.StartsWith(SavedLine))
                    lastSaved = line.ToArray();
                else if (IsDecisive(line))
                    Add(events, line);
            }

            at += whole;
        }

        if (lastSaved is not null)
            Add(events, lastSaved);
    }

    private static bool IsDecisive(ReadOnlySpan<byte> line)
    {
        foreach (var begin in Decisive)
        {
            if (line.StartsWith(begin))
                return true;
        }

        return false;
    }

    private static ReadOnlySpan<byte> Read(JournalBytes file, long offset, int count)
    {
        var bytes = new byte[count];
        return bytes.AsSpan(0, file(offset, bytes));
    }

    private static int ReadFrom(Microsoft.Win32.SafeHandles.SafeFileHandle file, long offset, Span<byte> bytes)
    {
        var done = 0;
        while (done < bytes.Length && RandomAccess.Read(file, bytes[done..], offset + done) is > 0 and var read)
            done += read;
        return done;
    }
}
