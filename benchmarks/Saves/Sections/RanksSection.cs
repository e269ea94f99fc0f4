using System.Diagnostics;
using Saves.Limits;
using Saves.Measuring;
using Saves.Processes;

namespace Saves.Sections;

/// <summary>One checkpoint of one state by one rank or by several, in shares. All ranks are on this machine and have its memory and its disk together, which on a cluster each node has for itself.</summary>
internal static class RanksSection
{
    private static readonly int[] Counts = [1, 2, 4];

    public static Section Measure(Settings settings, long bytes)
    {
        using var folder = settings.NewFolder();
        var rounds = new Rounds(folder.Path, settings.Rounds);
        var groups = new List<Group>();
        try
        {
            foreach (var count in Counts)
                groups.Add(new Group(count, bytes, folder.Path, rounds));
            rounds.Run([.. groups.SelectMany(group => (Action[])[group.Save, group.Copy])]);
        }
        finally
        {
            foreach (var group in groups)
                group.Dispose();
        }

        return new Section($"{bytes / 1e6:0} MB by 1 to {Counts[^1]} ranks on {Environment.ProcessorCount} cores", rounds)
        {
            Series = [.. groups.Select(group => group.Stall), .. groups.Select(group => group.Durable), .. groups.Select(group => group.Limit), .. groups.Select(group => group.Cpu)],
            Ratios =
            [
                .. groups.Select(group => Ratio.Of($"stall: {group.Words} / their copies of a share each", group.Stall, group.Limit)),
                .. groups.Skip(1).Select(group => Ratio.Of($"stall: {group.Words} / 1 rank", group.Stall, groups[0].Stall)),
                .. groups.Skip(1).Select(group => Ratio.Of($"durable: {group.Words} / 1 rank", group.Durable, groups[0].Durable)),
                .. groups.Skip(1).Select(group => Ratio.Of($"CPU time of one rank: {group.Words} / 1 rank", group.Cpu, groups[0].Cpu)),
            ],
        };
    }

    private sealed class Group : IDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
        private readonly List<RankWriter> ranks = [];
        private readonly Rounds rounds;
        private readonly string folder;
        private int saves;

        public Group(int count, long bytes, string folder, Rounds rounds)
        {
            this.rounds = rounds;
            this.folder = Path.Combine(folder, $"ranks-{count}");
            Words = count == 1 ? "1 rank" : $"{count} ranks";
            (Stall, Durable, Limit) = (new($"the longest that a loop waits, {Words}"), new($"until it is durable, {Words}", bytes), new($"limit: a copy of a share each at once, {Words}"));
            Cpu = new($"the most CPU time of one rank: copy, hash, write, commit, {Words}");
            for (var rank = 0; rank < count; rank++)
                ranks.Add(new RankWriter(bytes, this.folder, rank, count));
            ranks.ForEach(rank => rank.Await());
        }

        public string Words { get; }

        public Series Stall { get; }

        public Series Durable { get; }

        public Series Limit { get; }

        public Series Cpu { get; }

        public void Save()
        {
            ranks.ForEach(rank => rank.Train());
            ranks.ForEach(rank => rank.Await());
            var checkpoint = RankWriter.CheckpointOf(folder, ++saves);
            var began = Stopwatch.GetTimestamp();
            ranks.ForEach(rank => rank.Save());
            while (!Directory.Exists(checkpoint))
            {
                if (Stopwatch.GetElapsedTime(began) > Patience)
                    throw new TimeoutException($"{checkpoint} does not come");
                Thread.Sleep(TimeSpan.FromMilliseconds(0.2));
            }

            var durable = Stopwatch.GetElapsedTime(began).TotalSeconds;
            rounds.Note(Stall, ranks.Max(rank => rank.Seconds()));
            rounds.Note(Durable, durable);

            // All ranks have the memory of this machine together, so that the wait is not shorter for a share shows nothing. What each has to do for it does.
            ranks.ForEach(rank => rank.TellCpu());
            rounds.Note(Cpu, ranks.Max(rank => rank.Seconds()));
        }

        public void Copy()
        {
            ranks.ForEach(rank => rank.Copy());
            rounds.Note(Limit, ranks.Max(rank => rank.Seconds()));
        }

        public void Dispose()
        {
            ranks.ForEach(rank => rank.End());
            ranks.ForEach(rank => rank.Dispose());
        }
    }
}
