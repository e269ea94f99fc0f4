using Cairn.Posix;

namespace Cairn.Attempts;

/// <summary>Writes an attempt's journal: one JSON object a line, handed to the kernel line by line, so that a kill loses none.</summary>
internal sealed class Journal : IDisposable
{
    private readonly FileStream file;
    private readonly Lock gate = new();
    private readonly Dictionary<Type, JournalEvent> newest = [];
    private bool failed;
    private bool told;
    private bool disposed;

    /// <summary>Takes over a file that was created for this attempt alone.</summary>
    public Journal(FileStream file) => this.file = file;

    /// <summary>
    /// Told of the first line that could not be written. Null, as at first: the error is thrown, for without its claim an
    /// attempt must not go on. Later a journal that stays silent (a full disk) is no reason to stop training.
    /// </summary>
    public Action<Exception>? OnFailure { get; set; }

    /// <summary>The newest event of each kind that this journal was given, whether it could be written or not.</summary>
    public IReadOnlyList<JournalEvent> Newest
    {
        get
        {
            lock (gate)
                return [.. newest.Values];
        }
    }

    /// <summary>Adds one line.</summary>
    /// <exception cref="IOException">It cannot be written, and <see cref="OnFailure"/> is null.</exception>
    public void Write(JournalEvent entry)
    {
        var line = JournalForm.Write(entry);
        lock (gate)
            newest[entry.GetType()] = entry;
        Try(() =>
        {
            // After a line that was cut off by a full disk the next one begins anew.
            file.Write(failed ? [(byte)'\n', .. line, (byte)'\n'] : [.. line, (byte)'\n']);
            file.Flush();
            failed = false;
        });
    }

    /// <summary>Adds lines to the journal of an attempt whose writer is gone, and returns when they are on the disk. What it wrote last may be half a line.</summary>
    /// <exception cref="IOException">They cannot be written.</exception>
    public static void Append(string path, params ReadOnlySpan<JournalEvent> entries)
    {
        using var journal = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        journal.Position = Math.Max(0, journal.Length - 1);
        var isCut = journal.ReadByte() is not (-1 or '\n');
        journal.Position = journal.Length;
        if (isCut)
            journal.WriteByte((byte)'\n');
        foreach (var entry in entries)
            journal.Write([.. JournalForm.Write(entry), (byte)'\n']);
        PosixFile.Sync(journal);
    }

    /// <summary>Sets the file's time.</summary>
    public void Touch(DateTimeOffset now) => Try(() => File.SetLastWriteTimeUtc(file.SafeFileHandle, now.UtcDateTime));

    /// <summary>Returns when all lines are on the disk (fsync), or could not be brought there.</summary>
    public void MakeDurable() => Try(() => PosixFile.Sync(file));

    private void Try(Action act)
    {
        Exception? firstFailure = null;
        lock (gate)
        {
            // A save that the run has not waited for may end after it.
            if (disposed)
                return;
            try
            {
                act();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException && OnFailure is not null)
            {
                failed = true;
                if (!told)
                    firstFailure = error;
                told = true;
            }
        }

        // Not under the lock: it is a user's logger that is told.
        if (firstFailure is not null)
            OnFailure!(firstFailure);
    }

    public void Dispose()
    {
        lock (gate)
        {
            disposed = true;
            file.Dispose();
        }
    }
}
