using System.IO.Enumeration;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Records;

namespace Cairn.Cli.Inspection;

/// <summary>One checkpoint whole, as its record describes it, and what is wrong at a first look.</summary>
/// <param name="Entry">Which.</param>
/// <param name="Record">What it says of itself; null where that cannot be read.</param>
/// <param name="Problem">What is wrong; null when nothing is, so far.</param>
internal sealed record ShownCheckpoint(CheckpointEntry Entry, CommitRecord? Record, CheckpointFault? Problem)
{
    /// <summary>Whether the problem is that it cannot be read now, which is no damage.</summary>
    public bool IsUnreadable { get; init; }

    public static ShownCheckpoint Of(CheckpointEntry entry)
    {
        CommitRecord? record = null;
        try
        {
            using var checkpoint = OpenCheckpoint.Open(entry);
            record = checkpoint.Record;
            checkpoint.CheckFiles();
            return new(entry, record, null);
        }
        catch (CheckpointCorruptException error)
        {
            return new(entry, record, new(error.File, error.Problem));
        }
        catch (CheckpointReadException error)
        {
            return new(entry, record, new(null, error.Problem)) { IsUnreadable = true };
        }
    }

    /// <summary>The same with those tensors alone whose name, or PART/NAME, fits a pattern with <c>*</c> and <c>?</c>.</summary>
    /// <exception cref="UsageException">None does.</exception>
    public ShownCheckpoint WithTensors(string pattern)
    {
        if (Record is null)
            return this;
        var parts = Record.Parts.Select(part => part with { Tensors = [.. part.Tensors.Where(tensor => Fits(part.Name, tensor.Name))] }).Where(part => part.Tensors.Length > 0).ToArray();
        return parts.Length > 0
            ? this with { Record = Record with { Parts = [.. parts] } }
            : throw new UsageException($"No tensor of step {Entry.Step} fits '{pattern}': use a name, or PART/NAME, with * and ?.");

        bool Fits(string part, string tensor) => Matches(tensor) || Matches($"{part}/{tensor}");
        bool Matches(string name) => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false);
    }
}
