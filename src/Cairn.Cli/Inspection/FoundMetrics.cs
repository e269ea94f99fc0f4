using Cairn.Attempts;
using Cairn.Cli.Stories;
using Cairn.Posix;

namespace Cairn.Cli.Inspection;

/// <summary>What a run has reported, from the metrics files of a folder that nobody vouches for: no link is followed, only regular files are read.</summary>
/// <param name="History">What counts.</param>
/// <param name="Problems">What could not be read, a sentence each.</param>
/// <param name="IsUnreadable">Whether a whole file or journal is among these.</param>
internal sealed record FoundMetrics(MetricHistory History, IReadOnlyList<string> Problems, bool IsUnreadable)
{
    private const int Chunk = 1 << 20;

    /// <summary>Reads those of a run: of a checkpoint folder, or of what <c>cairn run</c> keeps there (<see cref="RunJournals.RunsIn"/>).</summary>
    public static FoundMetrics In(string folder)
    {
        var (attempts, problems, unreadable) = (new List<AttemptReports>(), new List<string>(), false);
        var journals = RunJournals.ReadAll(folder);
        var files = journals.Select(journal => Path.GetDirectoryName(journal.Story.Path)!).Append(AttemptFiles.Folder(folder)).Distinct(StringComparer.Ordinal)
            .SelectMany(place => FolderContents.Names(place).Where(name => AttemptFiles.NumberOfMetrics(name) is not null).Select(name => Path.Combine(place, name))).ToHashSet(StringComparer.Ordinal);
        var lines = StepLine.OfAll(journals);
        for (var i = 0; i < journals.Count; i++)
        {
            var (story, file) = (journals[i].Story, AttemptFiles.MetricsBeside(journals[i].Story.Path));
            var reports = files.Remove(file) ? Read(file) : [];
            if (journals[i].Problem is { } problem && reports.Count > 0)
                Unreadable($"what attempt {story.Number} reported is left out, for its journal, which says where it began, cannot be read: {problem}");
            else
                attempts.Add(new(story.Number, From(story, lines[i], reports.Count > 0), Saved(story), reports));
        }

        foreach (var file in files.Order(StringComparer.Ordinal))
            Unreadable($"what attempt {AttemptFiles.NumberOfMetrics(file)} reported is left out, for its journal, which says where it began, is gone");
        return new(MetricHistory.Of(attempts), problems, unreadable);

        IReadOnlyList<MetricReport> Read(string path)
        {
            try
            {
                var (reports, broken) = ReadFile(path);
                if (broken > 0)
                    problems.Add($"{path}: {broken} line(s) are no reports (cut off by the attempt's end or a full disk) and are left out");
                return reports;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                Unreadable($"{path} cannot be read: {error.Message}");
                return [];
            }
        }

        void Unreadable(string problem)
        {
            problems.Add(problem);
            unreadable = true;
        }
    }

    // What cairn run keeps says neither where it goes on nor, but at a stop, what it saves: its reports do.
    private static long? From(AttemptStory story, StepLine line, bool hasReports) => story.Events.OfType<Resumed>().Any() ? story.ResumedFrom
        : !hasReports ? null
        : story.Claim is { Command: not null } ? line.First
        : story.ResumedFrom;

    private static HashSet<long> Saved(AttemptStory story) =>
        [.. story.Events.OfType<Saved>().Select(saved => saved.Step), .. story.Events.OfType<ProgramEnded>().Select(ended => ended.SavedStep).OfType<long>()];

    private static (List<MetricReport> Reports, int Broken) ReadFile(string path)
    {
        using var directory = PosixDirectory.Open(Path.GetDirectoryName(path)!, followLink: false);
        using var file = PosixFile.OpenRead(directory, Path.GetFileName(path));
        var (reports, broken, length) = (new List<MetricReport>(), 0, file.Length());
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        var bytes = new byte[Chunk];
        for (var at = 0L; at < length;)
        {
            var chunk = bytes.AsSpan(0, (int)Math.Min(Chunk, length - at));
            file.ReadAt(at, chunk);

            // Whole lines; only the last one may be cut off, or one that is longer than any report.
            var whole = chunk.LastIndexOf((byte)'\n') + 1;
            if (whole > 0)
                chunk = chunk[..whole];
            foreach (var range in chunk.Split((byte)'\n'))
            {
                var line = chunk[range];
                if (line.IsEmpty)
                    continue;
                if (MetricReport.Read(line) is not { } report)
                {
                    if (!MetricReport.IsStepAlone(line))
                        broken++;
                    continue;
                }

                // A million reports have few names.
                if (!names.TryGetValue(report.Metric, out var name))
                    names[report.Metric] = name = report.Metric;
                reports.Add(report with { Metric = name });
            }

            at += chunk.Length;
        }

        return (reports, broken);
    }
}
