using System.Globalization;
using Cairn.Attempts;
using Cairn.Cli.Inspection;
using Cairn.Cli.Wrapper;

namespace Cairn.Cli.Stories;

/// <summary>
/// The journals of a run, the oldest first: those of its own attempts, and those of <c>cairn run</c> around them. The two are joined by the job and its
/// restarts, and tell one attempt; what <c>cairn run</c> alone tells of is an attempt, too.
/// </summary>
internal static class RunJournals
{
    /// <summary>All of them, whole.</summary>
    public static IReadOnlyList<FoundJournal> ReadAll(string folder) => Read(folder, int.MaxValue, endsAlone: false);

    /// <summary>The newest, and of long ones the ends alone.</summary>
    public static IReadOnlyList<FoundJournal> ReadNewest(string folder, int count) => Read(folder, count, endsAlone: true);

    private static List<FoundJournal> Read(string folder, int newest, bool endsAlone)
    {
        List<FoundJournal> own = PlaceOf(folder) == folder ? [.. FoundJournal.Read(folder, newest, endsAlone)] : [];
        var told = own.Count;
        List<FoundJournal> alone = [];
        foreach (var (journal, isHere) in Wrapped(folder, newest, endsAlone))
        {
            if (IndexOf(own, journal) is >= 0 and var at)
                own[at] = Together(own[at], journal);
            else if (isHere)
                alone.Add(journal);
        }

        // Beside attempts of the run's own they have no number: it died before it could take one.
        for (var i = 0; i < alone.Count; i++)
            own.Add(alone[i] with { Story = alone[i].Story with { Number = told > 0 ? 0 : alone[i].Story.Number } });
        if (alone.Count > 0 && told > 0)
            own.Sort((one, other) => Time(one).CompareTo(Time(other)));
        if (own.Count == 0 && Closed(folder) is { } closed)
            own.Add(closed);
        return own.Count > newest ? own[^newest..] : own;
    }

    /// <summary>
    /// The runs that a folder tells of, each by the folder under which it is asked for. Attempts of the library's are one run. What <c>cairn run</c> alone
    /// tells of may be several: programs that work in one folder without a checkpoint folder of their own, elements of an array. Each of these goes by the folder
    /// of its newest job.
    /// </summary>
    public static IReadOnlyList<string> RunsIn(string folder)
    {
        if (Directory.Exists(AttemptFiles.Folder(folder)) || Jobs(Path.Combine(folder, StateFolder.Name)) is not { Count: > 1 } jobs)
            return [folder];
        List<(string Run, string Newest)> runs = [];
        foreach (var job in jobs)
        {
            var run = RunOf(job);
            runs.RemoveAll(one => one.Run == run);
            runs.Add((run, job.Path));
        }

        return runs.Count == 1 ? [folder] : runs.ConvertAll(one => one.Newest);
    }

    /// <summary>The folder in which a run's programs work: of a job's own folder the one around it.</summary>
    public static string PlaceOf(string folder) =>
        Path.GetDirectoryName(folder) is { } jobs && Path.GetFileName(jobs) == StateFolder.Name && Path.GetDirectoryName(jobs) is { } around ? around : folder;

    // Jobs that save into one folder are one run, and so are those that start the same command in one; an array's elements are not.
    private static string RunOf(Job job)
    {
        AttemptStarted? claim = null;
        foreach (var journal in FoundJournal.Read(job.Path, 1, endsAlone: true))
            claim = journal.Story.Claim;
        var element = Path.GetFileName(job.Path) is var name && name.LastIndexOf('_') is var at && at > name.LastIndexOf('-') ? name[at..] : "";
        return $"{element} {(claim?.Checkpoints is null ? claim?.Command?.Split('.')[0] : null)}";
    }

    // Those of the folder itself, and of the folder above where the wrapper has none and worked there; of a job's own folder the jobs of its run.
    // Of several jobs one after the other the attempts are counted through.
    private static List<(FoundJournal Journal, bool IsHere)> Wrapped(string folder, int newest, bool endsAlone)
    {
        var place = PlaceOf(folder);
        if (place != folder)
            return Wrapped(OfOneRun(Jobs(Path.Combine(place, StateFolder.Name)), folder), isHere: true, newest, endsAlone);
        return
        [
            .. Wrapped(Jobs(Path.Combine(folder, StateFolder.Name)), isHere: true, newest, endsAlone),
            .. Wrapped(Jobs(Path.Combine(Path.GetDirectoryName(folder) ?? folder, StateFolder.Name)), isHere: false, newest, endsAlone),
        ];
    }

    private static List<(FoundJournal Journal, bool IsHere)> Wrapped(List<Job> jobs, bool isHere, int newest, bool endsAlone)
    {
        List<(FoundJournal, bool)> found = [];
        var before = 0;
        for (var i = 0; i < jobs.Count; i++)
        {
            foreach (var journal in i < jobs.Count - newest ? [] : FoundJournal.Read(jobs[i].Path, newest, endsAlone))
                found.Add((journal with { Story = journal.Story with { Number = before + journal.Story.Number } }, isHere));
            before += jobs[i].Attempts;
        }

        return found;
    }

    // Up to that job: whoever names an older one is told of it, and of what came before.
    private static List<Job> OfOneRun(List<Job> jobs, string newest)
    {
        var last = jobs.FindIndex(job => job.Path == newest);
        if (last < 0)
            return [];
        var run = RunOf(jobs[last]);
        return jobs[..(last + 1)].FindAll(job => RunOf(job) == run);
    }

    // By their numbers, which rise: when a file was written is lost in a copy.
    private static List<Job> Jobs(string folder)
    {
        List<Job> jobs = [];
        foreach (var name in FolderContents.Names(folder))
        {
            var path = Path.Combine(folder, name);
            var attempts = 0;
            foreach (var journal in FolderContents.Names(AttemptFiles.Folder(path)))
                attempts = Math.Max(attempts, AttemptFiles.Number(journal) ?? 0);
            if (attempts > 0)
                jobs.Add(new(path, NumberOf(name), attempts));
        }

        jobs.Sort((one, other) => one.Number.CompareTo(other.Number));
        return jobs;
    }

    // CLUSTER-17, or of an array's element CLUSTER-17_3.
    private static long NumberOf(string name)
    {
        var job = name.AsSpan()[(name.LastIndexOf('-') + 1)..];
        return long.TryParse(job.IndexOf('_') is var at and >= 0 ? job[..at] : job, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
    }

    // Of several of one attempt (a script's commands) the last.
    private static int IndexOf(List<FoundJournal> own, FoundJournal wrapped)
    {
        for (var i = own.Count - 1; wrapped.Story.Claim is { Job: { } job } claim && i >= 0; i--)
        {
            if (own[i].Story.Claim is { } mine && mine.Job == job && mine.Restarts == claim.Restarts)
                return i;
        }

        return -1;
    }

    private static FoundJournal Together(FoundJournal own, FoundJournal wrapped)
    {
        List<JournalEvent> events = [];
        var next = 0;
        foreach (var entry in own.Story.Events)
        {
            while (next < wrapped.Story.Events.Count && wrapped.Story.Events[next].Time <= entry.Time)
                events.Add(wrapped.Story.Events[next++]);
            events.Add(entry);
        }

        while (next < wrapped.Story.Events.Count)
            events.Add(wrapped.Story.Events[next++]);
        return own with
        {
            Story = own.Story with { Events = events },
            Changed = Within.Later(own.Changed, wrapped.Changed),
            LastReports = own.LastReports.Count > 0 ? own.LastReports : wrapped.LastReports,
        };
    }

    // Another user's, or on a file system that does not answer: there may be attempts, and nobody can say.
    private static FoundJournal? Closed(string folder)
    {
        foreach (var place in (string[])[AttemptFiles.Folder(folder), Path.Combine(folder, StateFolder.Name)])
        {
            if (FolderContents.WhyClosed(place) is { } problem)
                return new(new(0, place, []), default, problem);
        }

        return null;
    }

    private static DateTimeOffset Time(FoundJournal journal) => journal.Story.Events.Count > 0 ? journal.Story.Events[0].Time : journal.Changed;

    private sealed record Job(string Path, long Number, int Attempts);
}
