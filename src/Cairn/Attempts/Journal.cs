using System.Text.Json;

namespace Cairn.Attempts;

/// <summary>Writes an attempt's journal: one JSON object a line, handed to the kernel line by line, so that a kill loses none.</summary>
internal sealed class Journal : IDisposable
{
    private readonly FileStream file;
    private readonly Lock gate = new();

    /// <summary>Takes over a file that was created for this attempt alone.</summary>
    public Journal(FileStream file) => this.file = file;

    /// <summary>Adds one line.</summary>
    public void Write(JournalEvent entry)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(entry, JournalJson.Default.JournalEvent);
        lock (gate)
        {
            file.Write([.. line, (byte)'\n']);
            file.Flush();
        }
    }

    /// <summary>Returns when all lines are on the disk (fsync).</summary>
    public void MakeDurable()
    {
        lock (gate)
            file.Flush(flushToDisk: true);
    }

    public void Dispose() => file.Dispose();
}
