using System.Text;

namespace Cairn.Attempts;

/// <summary>Follows a journal that another process writes: each look reads what has come since the one before. May be asked by several threads.</summary>
internal sealed class JournalFollower(int attempt, string path)
{
    private readonly Lock gate = new();
    private readonly List<byte> unfinished = [];
    private AttemptStory story = new(attempt, path, []);
    private long position;

    /// <summary>The journal.</summary>
    public string Path => path;

    /// <summary>How many bytes of it were read so far.</summary>
    public long Position => Interlocked.Read(ref position);

    /// <summary>The attempt as far as its journal tells of it by now: who it is, where it began and how it ends.</summary>
    public AttemptStory Story()
    {
        lock (gate)
        {
            if (new FileInfo(path).Length != position)
                ReadOn();
            return story;
        }
    }

    private void ReadOn()
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var buffer = new byte[64 << 10];
        List<JournalEvent>? events = null;
        while (RandomAccess.Read(file, buffer, position) is > 0 and var read)
        {
            position += read;
            ReadOnlySpan<byte> rest = buffer.AsSpan(0, read);
            while (rest.IndexOf((byte)'\n') is >= 0 and var end)
            {
                unfinished.AddRange(rest[..end]);
                if (JournalForm.Read(Encoding.UTF8.GetString([.. unfinished])) is (AttemptStarted or Resumed or Interrupted or Stopped or Finished or AttemptEnded) and { } entry)
                    (events ??= [.. story.Events]).Add(entry);
                unfinished.Clear();
                rest = rest[(end + 1)..];
            }

            unfinished.AddRange(rest);
        }

        if (events is not null)
            story = story with { Events = events };
    }
}
