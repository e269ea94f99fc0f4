using System.Globalization;
using Cairn.Cli.Stories;

namespace Cairn.Cli.Tests.Stories;

/// <summary>
/// A story that was played on a real Slurm once (<c>eng/stories/record.sh</c>), laid out anew: its journals, touched when they were, and folders
/// for its checkpoints.
/// </summary>
internal sealed class RecordedStory : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("cairn-test-").FullName;

    public RecordedStory(string name)
    {
        var from = System.IO.Path.Combine(AppContext.BaseDirectory, "Stories", "Data", name);
        foreach (var file in Directory.GetFiles(from, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }))
        {
            var to = System.IO.Path.Combine(_home, System.IO.Path.GetRelativePath(from, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(to)!);
            File.Copy(file, to);
        }

        foreach (var line in File.ReadLines(System.IO.Path.Combine(from, "when.txt")))
        {
            var (path, seconds) = (line[..line.LastIndexOf(' ')], double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
            var (full, time) = (System.IO.Path.Combine(_home, path), DateTime.UnixEpoch.AddSeconds(seconds));
            if (path.EndsWith(".jsonl", StringComparison.Ordinal) && !File.Exists(full))
                File.Create(full).Dispose(); // an empty one is not kept
            if (File.Exists(full))
                File.SetLastWriteTimeUtc(full, time);
            else
                Directory.SetLastWriteTimeUtc(Directory.CreateDirectory(full).FullName, time);
        }
    }

    public string Home => _home;

    /// <summary>A day later.</summary>
    public static DateTimeOffset Now { get; } = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    /// <summary>The story of one of its folders.</summary>
    public RunStory Read(string folder) => RunStory.Read(System.IO.Path.Combine(_home, folder), Now);

    public RunStory ReadNewest(string folder, int attempts) => RunStory.ReadNewest(System.IO.Path.Combine(_home, folder), attempts, Now);

    public void Dispose() => Directory.Delete(_home, recursive: true);
}
