using Cairn.Attempts;
using Cairn.Cli.Inspection;
using Cairn.Cli.Stories;
using Cairn.Cli.Wrapper;

namespace Cairn.Cli.Stopping;

/// <summary>What <c>cairn stop</c> and <c>cairn resume</c> are to act on: a job, the folder in which its run is told of, or both.</summary>
/// <param name="Job">The job; null where nothing was run by Slurm.</param>
/// <param name="Folder">The folder with its journals: a checkpoint folder, or a job's folder of <c>cairn run</c>; null where none is known.</param>
/// <param name="IsWrapped">Whether it is that of <c>cairn run</c>, which decides for a run of the library inside, too.</param>
internal sealed record StopTarget(string? Job, string? Folder, bool IsWrapped)
{
    /// <summary>In words.</summary>
    public string Name => Job is { } job ? $"job {job}" : $"the run in {Folder}";

    /// <summary>The file that stops it; null where nothing of Cairn is known to look for one.</summary>
    public string? Mark => Folder is null ? null : StateFolder.StopIn(Folder);

    /// <summary>Finds it.</summary>
    /// <param name="word">A job's id, or a folder.</param>
    /// <exception cref="UsageException">It names nothing.</exception>
    public static StopTarget Find(string word)
    {
        if (!RunSearch.IsJob(word))
            return InFolder(word);
        var (jobs, _) = QueuedJob.Ask(word);
        List<string> places = [Environment.CurrentDirectory];
        foreach (var job in jobs)
            places.Insert(0, job.WorkFolder);
        StopTarget? found = null;
        foreach (var place in places)
        {
            foreach (var folder in RunFolders.Below(place).Folders)
            {
                foreach (var one in Of(folder))
                {
                    if (one.Job == word && found is not { IsWrapped: true })
                        found = one;
                }
            }
        }

        return found ?? (jobs.Count == 1 ? new(jobs[0].Id, null, false)
            : jobs.Count > 1 ? throw new UsageException($"{word} is an array of {jobs.Count} jobs: name one, as {jobs[0].Id}.")
            : throw new UsageException($"Job {word} is not in the queue, and no folder below {Environment.CurrentDirectory} tells of it. Name its folder."));
    }

    /// <summary>Its newest attempt; null where there is no journal.</summary>
    public FoundJournal? Newest()
    {
        FoundJournal? newest = null;
        foreach (var journal in Folder is null ? [] : FoundJournal.Read(Folder, 1, endsAlone: true))
            newest = journal;
        return newest;
    }

    /// <summary>The job as the queue has it; null where it has none.</summary>
    public QueuedJob? Queued() => Job is null || QueuedJob.Ask(Job).Jobs is not [var only] ? null : only;

    // The newest run of all that are told of there; of one that both tell of the wrapper's.
    private static StopTarget InFolder(string word)
    {
        var folder = Path.GetFullPath(Path.TrimEndingDirectorySeparator(word));
        if (!Directory.Exists(folder))
            throw new UsageException($"There is no folder {folder}.");
        (StopTarget Target, DateTimeOffset At)? newest = null;
        foreach (var one in Of(folder))
        {
            var at = one.Newest()?.Story.Claim?.Time ?? default;
            var isSame = newest is { Target.Job: { } job } && job == one.Job;
            if (newest is null || (isSame ? one.IsWrapped : at > newest.Value.At))
                newest = (one, at);
        }

        return newest?.Target ?? throw new UsageException($"Nothing in {folder} tells of a run.");
    }

    private static IEnumerable<StopTarget> Of(string folder)
    {
        StopTarget own = new(null, folder, false);
        if (own.Newest() is { } journal)
            yield return journal.Story.Claim is { Command: not null } claim ? new(claim.Job, folder, true) : own with { Job = journal.Story.Claim?.Job };
        var jobs = Path.Combine(folder, StateFolder.Name);
        foreach (var name in FolderContents.Names(jobs))
        {
            StopTarget wrapped = new(null, Path.Combine(jobs, name), true);
            if (wrapped.Newest()?.Story.Claim?.Job is { } job)
                yield return wrapped with { Job = job };
        }
    }
}
