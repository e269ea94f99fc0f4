using Cairn.Attempts;
using Cairn.Posix;

namespace Cairn.Cli.Inspection;

/// <summary>A journal in a folder that nobody vouches for: no link is followed, nothing but a regular file is read, and not without end.</summary>
/// <param name="Story">What it tells; without events when it cannot be read.</param>
/// <param name="Changed">When it was written or touched last.</param>
/// <param name="Problem">Why it cannot be read, in words; null when it can.</param>
internal sealed record FoundJournal(AttemptStory Story, DateTimeOffset Changed, string? Problem)
{
    // A line a minute for a year is half of that.
    private const long Longest = 64 << 20;

    // The lines of some steps.
    private const int Reports = 8 << 10;

    /// <summary>What was reported last, of one step; looked up where the journal itself has no end, for it tells of steps once a minute only.</summary>
    public IReadOnlyList<MetricReport> LastReports { get; init; } = [];

    /// <summary>What was reported first; looked up where the journal does not say from which step it went on, as that of <c>cairn run</c>.</summary>
    public MetricReport? FirstReport { get; init; }

    /// <summary>Reads the journals of a checkpoint folder, or of a job's, one by one, the oldest first.</summary>
    public static IEnumerable<FoundJournal> ReadAll(string folder) => Read(folder, int.MaxValue, endsAlone: false);

    /// <summary>Reads the newest journals.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="newest">So many.</param>
    /// <param name="endsAlone">Of long ones the ends alone (<see cref="JournalFile.ReadEnds(string)"/>).</param>
    public static IEnumerable<FoundJournal> Read(string folder, int newest, bool endsAlone)
    {
        var path = AttemptFiles.Folder(folder);
        if (TryOpen(path) is not { } attempts)
            yield break;
        using (attempts)
        {
            List<(string Name, int Number)> journals = [];
            foreach (var name in FolderContents.Names(path))
            {
                if (AttemptFiles.Number(name) is { } number)
                    journals.Add((name, number));
            }

            journals.Sort((one, other) => one.Number.CompareTo(other.Number));
            for (var i = Math.Max(0, journals.Count - newest); i < journals.Count; i++)
                yield return Read(attempts, journals[i].Name, journals[i].Number, endsAlone);
        }
    }

    private static FoundJournal Read(PosixDirectory attempts, string name, int number, bool endsAlone)
    {
        var nothing = new AttemptStory(number, Path.Combine(attempts.Path, name), []);
        if (attempts.StatusOf(name) is not { } status)
            return new(nothing, default, "it cannot be looked at");
        if (!status.IsFile)
            return new(nothing, status.Changed, "it is no regular file");
        if (status.Size > Longest)
            return new(nothing, status.Changed, $"it has {status.Size} bytes, more than a journal ever has");
        try
        {
            using var file = PosixFile.OpenRead(attempts, name);
            var read = Events(file, endsAlone);
            if (read.Count == 0 && HasLine(file))
                return new(nothing, status.Changed, "no line of it is one of Cairn's: another program's, or a later version's");
            JournalEvent[] events = [.. read.Where(IsWhole)];
            return new(nothing with { Events = events }, status.Changed, null)
            {
                LastReports = events is [] or [.., AttemptEnded] ? [] : Reported(attempts, number, fromEnd: true),
                FirstReport = events is [] or [.., AttemptEnded] || Array.Exists(events, entry => entry is Resumed) ? null : Reported(attempts, number, fromEnd: false) is [var first, ..] ? first : null,
            };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new(nothing, status.Changed, error.Message);
        }
    }

    // One that was cut off is none: it died while it wrote it.
    private static bool HasLine(PosixFile file)
    {
        var bytes = new byte[Math.Min(file.Length(), Reports)];
        file.ReadAt(0, bytes);
        return bytes.AsSpan().Contains((byte)'\n');
    }

    private static IReadOnlyList<JournalEvent> Events(PosixFile file, bool endsAlone)
    {
        var length = Math.Min(file.Length(), Longest);
        if (endsAlone)
        {
            return JournalFile.ReadEnds(length, (offset, bytes) =>
            {
                file.ReadAt(offset, bytes);
                return bytes.Length;
            });
        }

        var whole = new byte[length];
        file.ReadAt(0, whole);
        return JournalFile.ReadAll(new MemoryStream(whole));
    }

    // Whole lines of one step, the newest or the first. None where the program reports nothing.
    private static List<MetricReport> Reported(PosixDirectory attempts, int number, bool fromEnd)
    {
        List<MetricReport> found = [];
        var name = Path.GetFileName(AttemptFiles.Metrics("", number));
        if (attempts.StatusOf(name) is not { IsFile: true } status)
            return found;
        try
        {
            using var file = PosixFile.OpenRead(attempts, name);
            var length = file.Length();
            var bytes = new byte[Math.Min(length, Reports)];
            file.ReadAt(fromEnd ? length - bytes.Length : 0, bytes);
            foreach (var range in bytes.AsSpan().Split((byte)'\n'))
            {
                if (MetricReport.ReadStep(bytes.AsSpan()[range]) is not { } report)
                    continue;
                if (found.Count > 0 && found[0].Step != report.Step)
                {
                    if (!fromEnd)
                        break;
                    found.Clear();
                }

                // A program in another language need not say when: the newest is as old as the file.
                found.Add(report.Time == default && fromEnd ? report with { Time = status.Changed } : report);
            }

            return found;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return found; // a figure less; cairn metrics says why
        }
    }

    // A claim that names no process is none.
    private static bool IsWhole(JournalEvent entry) => entry is not AttemptStarted { Process: null or { Host: null } };

    // None without attempts; a link is not followed.
    private static PosixDirectory? TryOpen(string path)
    {
        try
        {
            return PosixDirectory.Open(path, followLink: false);
        }
        catch (PosixException)
        {
            return null;
        }
    }
}
