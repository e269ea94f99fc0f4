using Cairn.Attempts;
using Cairn.Cli.Inspection;
using Cairn.Cli.Submissions;

namespace Cairn.Cli.Stories;

/// <summary>Finds runs: in the queue, in what <c>cairn submit</c> recorded, in folders; and joins a job and the folder that it works in.</summary>
/// <param name="Runs">What was found.</param>
/// <param name="Remarks">What could not be looked at, a sentence each.</param>
internal sealed record RunSearch(IReadOnlyList<FoundRun> Runs, IReadOnlyList<string> Remarks)
{
    // A job that was asked for by its number may have been followed by others.
    private const int AttemptsAsked = 50;
    private const int ClosedNamed = 3;

    /// <summary>Whether a word is a job's id.</summary>
    public static bool IsJob(string word) => word.Length > 0 && char.IsAsciiDigit(word[0]) && word.AsSpan().TrimStart("0123456789").TrimStart('_').TrimStart("0123456789").IsEmpty && !Directory.Exists(word);

    /// <summary>Finds.</summary>
    /// <param name="words">Jobs and folders; empty for the user's jobs in the queue and what lies below this folder.</param>
    /// <exception cref="UsageException">A word names nothing.</exception>
    public static RunSearch Find(IReadOnlyList<string> words)
    {
        var search = new Searcher();
        if (words.Count == 0)
            search.AddAll();
        foreach (var word in words)
        {
            if (word.StartsWith('-'))
                throw new UsageException($"There is no option {word}; a folder of that name is ./{word}.");
            if (IsJob(word))
                search.AddJob(word);
            else
                search.AddFolder(word);
        }

        return new(search.Found, search.Remarks);
    }

    private sealed class Searcher
    {
        private readonly Dictionary<string, List<string>> _below = new(StringComparer.Ordinal);
        private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
        private readonly List<FoundRun> _found = [];
        private readonly List<string> _remarks = [];
        private readonly IReadOnlyList<QueuedJob> _queue;
        private readonly List<SubmissionRecord> _recorded = [];

        public Searcher()
        {
            AddRecorded(Environment.CurrentDirectory);
            (_queue, var problem) = QueuedJob.Ask(null);
            if (problem is not null && !problem.StartsWith("there is no", StringComparison.Ordinal))
                _remarks.Add($"the queue cannot be asked: {problem}");
            var folders = new HashSet<string>(StringComparer.Ordinal) { Environment.CurrentDirectory };
            foreach (var job in _queue)
            {
                if (folders.Add(job.WorkFolder))
                    AddRecorded(job.WorkFolder);
            }
        }

        public IReadOnlyList<FoundRun> Found => _found;

        public IReadOnlyList<string> Remarks => _remarks;

        public void AddAll()
        {
            AddBelow(Environment.CurrentDirectory);
            foreach (var record in _recorded)
            {
                // The checkpoint folder is among those that are no code.
                foreach (var folder in record.NoCode)
                {
                    foreach (var run in RunFolders.IsOne(folder) ? RunJournals.RunsIn(folder) : [])
                        Add(run);
                }
            }

            foreach (var job in _queue)
                AddQueued(job);
        }

        public void AddFolder(string word)
        {
            var folder = Path.GetFullPath(Path.TrimEndingDirectorySeparator(word));
            if (!Directory.Exists(folder))
                throw new UsageException($"There is no folder {folder}.");
            var before = _seen.Count;
            List<string> runs = Directory.Exists(AttemptFiles.Folder(folder)) ? [folder] : Below(folder);
            foreach (var run in runs)
                Add(run);
            if (_seen.Count == before && runs.Count == 0)
                throw new UsageException($"Nothing in {folder} tells of a run{(RunFolders.IsListed(folder) ? "" : ", for it cannot be looked into")}.");
        }

        public void AddJob(string id)
        {
            var (jobs, problem) = QueuedJob.Ask(id);
            var before = _found.Count;
            foreach (var job in jobs)
                AddQueued(job);
            foreach (var folder in Below(Environment.CurrentDirectory))
            {
                if (JobsOf(folder, AttemptsAsked).Exists(job => IsOf(job, id)))
                    Add(folder);
            }

            if (_found.Count == before)
                throw new UsageException($"Job {id} is not in the queue{(problem is null ? "" : $" ({problem})")}, and no folder below {Environment.CurrentDirectory} tells of it. cairn why {id} asks what Slurm still knows.");
        }

        private void AddQueued(QueuedJob job)
        {
            if (_found.Exists(run => run.Queued?.Id == job.Id))
                return;
            foreach (var folder in Below(job.WorkFolder))
            {
                var newest = JobsOf(folder, 1);
                if (newest.Contains(job.Id) || newest.Exists(one => Together(one, job.Id)))
                {
                    Add(folder, job);
                    return;
                }
            }

            _found.Add(new(null, job));
        }

        private void AddBelow(string below)
        {
            foreach (var folder in Below(below))
                Add(folder);
        }

        private List<string> Below(string folder)
        {
            if (_below.TryGetValue(folder, out var known))
                return known;
            var found = RunFolders.Below(folder);
            if (!found.IsAll)
                _remarks.Add($"{folder} holds more folders than are looked through: name those that are meant");
            // Among those of many users most may be closed.
            for (var i = 0; i < Math.Min(found.Closed.Count, ClosedNamed); i++)
                _remarks.Add($"{found.Closed[i]} cannot be looked into: what runs there is not told of");
            if (found.Closed.Count > ClosedNamed)
                _remarks.Add($"{found.Closed.Count - ClosedNamed} more below {folder} cannot be looked into");
            List<string> runs = [];
            foreach (var one in found.Folders)
            {
                foreach (var run in RunJournals.RunsIn(one))
                {
                    if (!IsAround(run, found.Folders))
                        runs.Add(run);
                }
            }

            return _below[folder] = runs;
        }

        // The folder in which cairn run worked, around a run whose own folder lies below it: that one tells both.
        private static bool IsAround(string folder, IReadOnlyList<string> others)
        {
            var place = RunJournals.PlaceOf(folder);
            if (place == folder && Directory.Exists(AttemptFiles.Folder(folder)))
                return false;
            var jobs = JobsOf(folder, 1);
            foreach (var other in others)
            {
                if (Path.GetDirectoryName(other) == place && JobsOf(other, 1).Exists(jobs.Contains))
                    return true;
            }

            return false;
        }

        private void Add(string folder, QueuedJob? job = null)
        {
            if (_seen.Add(folder))
                _found.Add(new(folder, job ?? JobOf(folder)));
        }

        // Of a chain the running one, else the first that waits.
        private QueuedJob? JobOf(string folder)
        {
            QueuedJob? found = null;
            foreach (var newest in JobsOf(folder, 1))
            {
                foreach (var job in _queue)
                {
                    if ((job.Id == newest || Together(newest, job.Id)) && (found is null || job.IsRunning))
                        found = job;
                }
            }

            return found;
        }

        private bool Together(string one, string other)
        {
            foreach (var record in _recorded)
            {
                if (record.JobIds.Contains(one) && record.JobIds.Contains(other))
                    return true;
            }

            return false;
        }

        private static bool IsOf(string job, string id) => job == id || (job.StartsWith(id, StringComparison.Ordinal) && job[id.Length] == '_');

        private static List<string> JobsOf(string folder, int attempts)
        {
            List<string> jobs = [];
            foreach (var journal in RunJournals.ReadNewest(folder, attempts))
            {
                if (journal.Story.Claim?.Job is { } job)
                    jobs.Add(job);
            }

            return jobs;
        }

        private void AddRecorded(string work)
        {
            var folder = Path.Combine(work, ".cairn", "submissions");
            foreach (var name in FolderContents.Names(folder))
            {
                try
                {
                    if (name.EndsWith(".json", StringComparison.Ordinal))
                        _recorded.Add(SubmissionRecord.Read(Path.Combine(folder, name)));
                }
                catch (SubmissionException)
                {
                    // It joins no jobs then; they are found all the same.
                }
            }
        }
    }
}
