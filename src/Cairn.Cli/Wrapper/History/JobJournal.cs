using Cairn.Attempts;

namespace Cairn.Cli.Wrapper.History;

/// <summary>
/// The journal of this attempt, <c>attempts/NNNN.jsonl</c> in the job's folder, in the library's form. All writing is aside: nobody waits
/// for it but who must know that it is done. Several commands of a script follow each other in one file, each with its own begin.
/// </summary>
internal sealed class JobJournal(string jobFolder, int attempt, Aside aside)
{
    private readonly List<JournalEvent> _waiting = [];
    private readonly Lock _writing = new();
    private bool _isSilent;

    /// <summary>The file.</summary>
    public string Path { get; } = AttemptFiles.Journal(jobFolder, attempt);

    /// <summary>What is reported, in the form of docs/metrics.md.</summary>
    public string Reports { get; } = AttemptFiles.Metrics(jobFolder, attempt);

    /// <summary>Writes it down some time soon; where that fails it is said once.</summary>
    public void Tell(JournalEvent entry)
    {
        lock (_waiting)
            _waiting.Add(entry);
        aside.Begin(() =>
        {
            try
            {
                Write(null);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                if (!_isSilent)
                    Words.Say($"warning: {Path} cannot be written, the story of this attempt will have holes: {error.Message}");
                _isSilent = true;
            }
        });
    }

    /// <summary>Sets the file's time, by which others see that this wrapper lives. It never throws.</summary>
    public void Touch(DateTimeOffset now)
    {
        try
        {
            File.SetLastWriteTimeUtc(Path, now.UtcDateTime);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Whatever is written next says so.
        }
    }

    /// <summary>Writes it down, durable when this returns: what follows may kill.</summary>
    /// <exception cref="IOException">That cannot be done, or not now.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not.</exception>
    public void Keep(JournalEvent entry) => aside.Do(() => Write(entry), Files.Patience);

    /// <summary>
    /// What the attempts did, oldest first. The journals are read from the newest on, and no further than to one of the command that brought
    /// progress: before that nothing counts.
    /// </summary>
    /// <exception cref="IOException">One cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">One may not be read.</exception>
    public static IReadOnlyList<WrappedAttempt> Read(string jobFolder, string command)
    {
        var journals = AttemptFiles.In(jobFolder);
        var attempts = new List<WrappedAttempt>();
        for (var i = journals.Count - 1; i >= 0; i--)
        {
            attempts.InsertRange(0, WrappedAttempt.Of(journals[i].Number, JournalFile.ReadEnds(journals[i].Path)));
            if (attempts.Exists(one => one.Command == command && CrashGuard.IsFruit(one)))
                return attempts;
        }

        attempts.InsertRange(0, OldJournal.Read(jobFolder));
        return attempts;
    }

    private void Write(JournalEvent? last)
    {
        lock (_writing)
        {
            List<JournalEvent> entries;
            lock (_waiting)
            {
                entries = [.. _waiting];
                _waiting.Clear();
            }

            if (last is not null)
                entries.Add(last);
            if (entries.Count > 0)
                Journal.Append(Path, [.. entries]);
        }
    }
}
