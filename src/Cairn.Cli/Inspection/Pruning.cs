using System.Globalization;
using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Reading;
using Cairn.Runs;
using Cairn.Slurm;
using Microsoft.Extensions.Logging;

namespace Cairn.Cli.Inspection;

/// <summary>What to delete from a folder, and whether that may be done now.</summary>
internal sealed class Pruning : IDisposable
{
    // For so long a claim without a line may be one that is being made, on a network's file system too.
    private static readonly TimeSpan Birth = TimeSpan.FromMinutes(10);

    private readonly Inventory inventory;
    private readonly ILogger log;
    private readonly TimeProvider time;
    private readonly CheckpointStore store;
    private readonly Dictionary<long, string> damaged = [];

    /// <param name="inventory">The folder.</param>
    /// <param name="verification">Reads those that stay to the last byte, before the others go.</param>
    /// <param name="log">Told what could not be done.</param>
    /// <param name="time">The clock.</param>
    public Pruning(Inventory inventory, Verification verification, ILogger log, TimeProvider time)
    {
        this.inventory = inventory;
        this.log = log;
        this.time = time;
        store = new CheckpointStore(inventory.Folder, log, time)
        {
            ResumedFrom = attempt => inventory.ResumedFrom.GetValueOrDefault(attempt),
            BeforeCommit = ThrowIfAnotherBegan,
            CheckBeforeOthersGo = checkpoint => ReadToTheEnd(checkpoint, verification),
        };
    }

    /// <summary>Those that a policy does not keep, the oldest first.</summary>
    /// <exception cref="UsageException">No checkpoint has a metric that the policy asks for.</exception>
    /// <exception cref="CheckpointReadException">One cannot be read now, so nobody knows which belong together.</exception>
    public IReadOnlyList<ListedCheckpoint> Find(RetentionPolicy policy, IReadOnlyList<string> metrics)
    {
        var known = inventory.Checkpoints.SelectMany(one => one.Says?.Metrics.Keys ?? []).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        if (metrics.FirstOrDefault(metric => !known.Contains(metric)) is { } unknown)
        {
            throw new UsageException(
                $"No checkpoint in {inventory.Folder} has a metric '{unknown}'; {(known.Length == 0 ? "the run noted none" : $"there are {string.Join(", ", known)}")}.");
        }

        // What has come meanwhile is not touched.
        var superfluous = store.FindSuperfluous(policy).ToHashSet();
        return [.. inventory.Checkpoints.Where(one => superfluous.Contains(one.Entry)).Reverse()];
    }

    /// <summary>Those that stay because nobody can tell what they are worth, with the reason.</summary>
    public IReadOnlyList<(long Step, string Why)> LeftAlone =>
    [
        .. from one in inventory.Checkpoints
           let why = one.Problem ?? damaged.GetValueOrDefault(one.Entry.Step) ?? (one.WhyNot is { } not ? $"superseded: {not}" : null)
           where why is not null
           select (one.Entry.Step, why),
    ];

    /// <summary>Whether some of them could not be read now.</summary>
    public bool LeavesUnreadable => inventory.Checkpoints.Any(one => one.IsUnreadable);

    /// <summary>Why nothing may be deleted now: who is at work in the folder; null when nobody is.</summary>
    public string? Obstacle()
    {
        var folder = AttemptFiles.Folder(inventory.Folder);

        // The run's own attempts: what cairn run alone tells of writes no checkpoint of Cairn's.
        var journals = FoundJournal.Read(inventory.Folder, 1, endsAlone: false).ToArray();
        if (journals.Length == 0)
            return Path.Exists(folder) && FolderContents.Changed(folder) is null ? $"{folder} cannot be read, or is a link, so nobody knows whether an attempt is at work" : null;
        var (story, journal) = (journals[0].Story, journals[0]);
        if (journal.Problem is not null)
            return $"the journal of attempt {story.Number} cannot be read, so nobody knows whether it is at work";
        if (story.Claim is not { } claim)
            return time.GetUtcNow() - journal.Changed < Birth ? $"attempt {story.Number} is just beginning there" : null;

        // The job itself may prune before it trains; who is of another job, or of none, asks as a stranger.
        var job = SlurmJob.FromEnvironment(Environment.GetEnvironmentVariable);
        return RunFolder.WhoIsAtWork([story], job?.Id == claim.Job ? job : null, time, log);
    }

    /// <summary>Deletes checkpoints.</summary>
    /// <returns>Those that are gone.</returns>
    /// <exception cref="FolderInUseException">An attempt has begun in the meantime.</exception>
    public IReadOnlyList<ListedCheckpoint> Delete(IReadOnlyList<ListedCheckpoint> superfluous)
    {
        var gone = store.Delete([.. superfluous.Select(one => one.Entry)]);
        return [.. superfluous.Where(one => gone.Contains(one.Entry))];
    }

    public void Dispose() => store.Dispose();

    private void ReadToTheEnd(OpenCheckpoint checkpoint, Verification verification)
    {
        var entry = new CheckpointEntry(checkpoint.Record.Step, checkpoint.Directory.Path);
        if (verification.FindFaults(entry, checkpoint) is not [var fault, ..])
            return;
        damaged[entry.Step] = fault.ToString();
        throw new CheckpointCorruptException(entry.Path, fault.File, fault.Problem);
    }

    private void ThrowIfAnotherBegan()
    {
        var known = inventory.Attempts.Max(attempt => (int?)attempt.Number) ?? 0;
        var now = FolderContents.Names(AttemptFiles.Folder(inventory.Folder)).Max(name => AttemptFiles.Number(name)) ?? 0;
        if (now > known)
            throw new FolderInUseException(inventory.Folder, string.Create(CultureInfo.InvariantCulture, $"attempt {now} has just begun there"));
    }
}
