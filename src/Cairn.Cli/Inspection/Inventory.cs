using Cairn.Checkpoints;
using Cairn.Cli.Stories;
using Cairn.Posix;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Cli.Inspection;

/// <summary>All that is in a checkpoint folder, at a first look.</summary>
/// <param name="Folder">The folder.</param>
/// <param name="Checkpoints">The newest first.</param>
/// <param name="Remnants">What is no checkpoint.</param>
/// <param name="Attempts">The oldest first.</param>
internal sealed record Inventory(
    string Folder, IReadOnlyList<ListedCheckpoint> Checkpoints, IReadOnlyList<Remnant> Remnants, IReadOnlyList<AttemptSummary> Attempts)
{
    /// <summary>Looks through a folder. Changes nothing, and takes no lock.</summary>
    /// <exception cref="UsageException">It cannot be listed.</exception>
    public static Inventory Of(string folder, TimeProvider time)
    {
        var (attempts, resumedFrom) = ReadAttempts(folder, time);
        ListedCheckpoint[] there = [.. Entries(folder).Select(ListedCheckpoint.Of)];
        var lineage = Lineage.Of(there.Select(one => one.Says).OfType<RecordSummary>().Select(says => says.Id), attempt => resumedFrom.GetValueOrDefault(attempt));
        return new(
            folder,
            [.. there.Select(one => one with { WhyNot = one.Says is { Id: var id } ? lineage.WhyNot(id) : null })],
            [.. Remnant.In(folder)],
            attempts)
        {
            ResumedFrom = resumedFrom,
        };
    }

    /// <summary>The step from which each attempt went on, where its journal tells; it decides which checkpoints count.</summary>
    public IReadOnlyDictionary<int, long?> ResumedFrom { get; init; } = new Dictionary<int, long?>();

    /// <summary>The checkpoints by their names, the newest first.</summary>
    /// <exception cref="UsageException">The folder cannot be listed.</exception>
    public static IReadOnlyList<CheckpointEntry> Entries(string folder)
    {
        using var store = new CheckpointStore(folder, NullLogger.Instance, TimeProvider.System);
        try
        {
            return store.List();
        }
        catch (CheckpointReadException error)
        {
            throw new UsageException(error.Message);
        }
    }

    /// <summary>How much of a checkpoint's bytes other directories of the folder have too, by hard links.</summary>
    public long SharedBytes(ListedCheckpoint checkpoint) => Bytes(checkpoint.Files, Others([checkpoint]), isThere: true);

    /// <summary>What would come free if these checkpoints went.</summary>
    public long FreedBytes(IReadOnlyCollection<ListedCheckpoint> gone) =>
        Bytes(gone.SelectMany(checkpoint => checkpoint.Files).DistinctBy(file => file.Identity), Others(gone), isThere: false);

    /// <summary>What all of it takes on the disk: what several share counts once.</summary>
    public long PhysicalBytes => Bytes(Checkpoints.SelectMany(one => one.Files).Concat(Remnants.SelectMany(one => one.Files)).DistinctBy(file => file.Identity), [], isThere: false);

    private HashSet<FileIdentity> Others(IReadOnlyCollection<ListedCheckpoint> but) =>
        [.. Checkpoints.Where(one => !but.Contains(one)).SelectMany(one => one.Files).Concat(Remnants.SelectMany(one => one.Files)).Select(file => file.Identity)];

    private static long Bytes(IEnumerable<FileStatus> files, HashSet<FileIdentity> others, bool isThere) =>
        files.Where(file => others.Contains(file.Identity) == isThere).Sum(file => file.Size);

    /// <summary>The attempts of a folder, the oldest first; of several runs that <c>cairn run</c> keeps there one run after the other.</summary>
    public static IReadOnlyList<StoryAttempt> AttemptsIn(string folder, TimeProvider time) =>
        [.. RunJournals.RunsIn(folder).SelectMany(run => RunStory.Read(run, time.GetUtcNow()).Attempts)];

    // All that is kept of a journal is what a list shows, and where the attempt went on, which says what counts.
    private static (List<AttemptSummary> Attempts, Dictionary<int, long?> ResumedFrom) ReadAttempts(string folder, TimeProvider time)
    {
        var (attempts, resumedFrom) = (new List<AttemptSummary>(), new Dictionary<int, long?>());
        foreach (var attempt in AttemptsIn(folder, time))
        {
            attempts.Add(AttemptSummary.Of(attempt));
            resumedFrom[attempt.Number] = attempt.Told.ResumedFrom;
        }

        return (attempts, resumedFrom);
    }
}
