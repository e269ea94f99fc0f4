using Cairn.Checkpoints;
using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Records;
using Cairn.Posix;

namespace Cairn.Cli.Inspection;

/// <summary>A checkpoint as it looks without reading its tensors.</summary>
/// <param name="Entry">Its step and directory.</param>
/// <param name="Files">The files in it.</param>
/// <param name="Says">What its record says; null where that cannot be read.</param>
/// <param name="Problem">What is wrong with it; null when nothing is, so far.</param>
internal sealed record ListedCheckpoint(CheckpointEntry Entry, IReadOnlyList<FileStatus> Files, RecordSummary? Says, string? Problem)
{
    /// <summary>Whether the problem is that it cannot be read now, which is no damage.</summary>
    public bool IsUnreadable { get; init; }

    /// <summary>Why a run would pass it over, since a later attempt took another line of training; null when it would not.</summary>
    public string? WhyNot { get; init; }

    /// <summary>One word: valid, damaged, unreadable or superseded.</summary>
    public string State => IsUnreadable ? "unreadable" : Problem is not null ? "damaged" : WhyNot is not null ? "superseded" : "valid";

    /// <summary>Looks at one: its record, its files' sizes and headers.</summary>
    public static ListedCheckpoint Of(CheckpointEntry entry)
    {
        var files = FolderContents.Files(entry.Path);
        RecordSummary? says = null;
        try
        {
            using var checkpoint = OpenCheckpoint.Open(entry);
            says = RecordSummary.Of(checkpoint.Record);
            checkpoint.CheckFiles();
            return new(entry, files, says, null);
        }
        catch (CheckpointCorruptException error)
        {
            return new(entry, files, says, new CheckpointFault(error.File, error.Problem).ToString());
        }
        catch (CheckpointReadException error)
        {
            return new(entry, files, says, error.Problem) { IsUnreadable = true };
        }
    }
}

/// <summary>The few things of a commit record that a list shows: a record may be long, and a folder may have many.</summary>
internal sealed record RecordSummary(DateTimeOffset SavedAt, CheckpointId Id, string? Job, IReadOnlyList<string> Parts, IReadOnlyDictionary<string, double> Metrics)
{
    public static RecordSummary Of(CommitRecord record) => new(
        record.SavedAt,
        record.Id,
        record.Job,
        [.. record.Parts.Select(part => part.Name)],
        record.Metadata.Select(pair => (pair.Key, Value: pair.Value.Number)).Where(pair => pair.Value is not null)
            .ToDictionary(pair => pair.Key, pair => pair.Value!.Value, StringComparer.Ordinal));
}
