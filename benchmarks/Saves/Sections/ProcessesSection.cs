using System.Diagnostics;
using Saves.Limits;
using Saves.Measuring;
using Saves.Processes;

namespace Saves.Sections;

/// <summary>The same bytes written by one process or by several at once, each its part, as ranks do that share a disk.</summary>
internal static class ProcessesSection
{
    private static readonly int[] Counts = [1, 2, 4, 8];

    public static Section Measure(Settings settings)
    {
        using var folder = settings.NewFolder();
        var bytes = settings.Size ?? 512 * Settings.Megabyte;
        using var copy = new MemoryCopy(bytes);
        using var write = new BareWrite(folder.Path, bytes, copy.Memory);
        var rounds = new Rounds(folder.Path, settings.Rounds);
        var limit = new Series($"limit: {write.Way}, new file, one process", bytes);
        var groups = new List<Group>();
        try
        {
            foreach (var count in Counts)
                groups.Add(new Group(count, bytes, folder.Path, rounds));
            rounds.Run([.. groups.Select(group => (Action)group.Take), () => rounds.Note(limit, write.NewFile())]);
        }
        finally
        {
            foreach (var group in groups)
                group.Dispose();
        }

        return new Section($"{bytes / 1e6:0} MB in all by 1 to 8 writing processes", rounds)
        {
            Series = [.. groups.Select(group => group.Durable), .. groups.Select(group => group.Stall), limit],
            Ratios = [.. groups.Select(group => Ratio.Of($"durable: bare loop of one process / Cairn, {group.Words}", limit, group.Durable))],
        };
    }

    private sealed class Group(int count, long bytes, string folder, Rounds rounds) : IDisposable
    {
        private readonly List<Writer> writers =
            [.. Enumerable.Range(0, count).Select(i => new Writer(bytes / count, Path.Combine(folder, $"writer-{count}-{i}")))];

        public string Words { get; } = InWords(count);

        public Series Durable { get; } = new($"until all is durable, {InWords(count)}", bytes);

        public Series Stall { get; } = new($"the longest that a loop waits, {InWords(count)}");

        public void Take()
        {
            foreach (var writer in writers)
                writer.Prepare();
            var began = Stopwatch.GetTimestamp();
            foreach (var writer in writers)
                writer.Begin();
            var stall = writers.Max(writer => writer.End());
            rounds.Note(Durable, Stopwatch.GetElapsedTime(began).TotalSeconds);
            rounds.Note(Stall, stall);
        }

        private static string InWords(int count) => count == 1 ? "1 process" : $"{count} processes";

        public void Dispose()
        {
            foreach (var writer in writers)
                writer.Dispose();
        }
    }
}
