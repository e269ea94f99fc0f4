using System.Diagnostics;
using System.Globalization;
using Cairn.Ranks;
using Microsoft.Extensions.Logging;

namespace Cairn.Benchmarks.Ranks;

/// <summary>What it costs that ranks act together, as a table beside what it may cost.</summary>
internal static class RankReport
{
    /// <summary>Measures, and writes the table.</summary>
    public static void Write(TextWriter to)
    {
        to.WriteLine("| | goal | |");
        to.WriteLine("|---|---|---|");
        Row("a boundary: what ranks add", "≤ 5 ns", $"{Boundary():0.0} ns");

        var rounds = new List<TimeSpan>();
        var deaths = new List<TimeSpan>();
        for (var job = 0; job < 20; job++)
        {
            using var ranks = new TrainingRanks(8);
            for (var round = 0; round < 25; round++)
                rounds.Add(ranks.Agree(round % 8));
            deaths.Add(ranks.Die());
        }

        Row("8 ranks agree on a step, p50 / p99 of 500", "p99 ≤ 50 ms", $"{Milliseconds(At(rounds, 0.5))} / {Milliseconds(At(rounds, 0.99))} ms");
        Row("the end of one of 8 is told to all, median / most of 20", "≤ 100 ms", $"{Milliseconds(At(deaths, 0.5))} / {Milliseconds(At(deaths, 1))} ms");
        using (var log = LoggerFactory.Create(_ => { }))
        using (var ranks = new RealRanks(1_000, log.CreateLogger("ranks")))
        {
            Row("1,000 real connections: all welcome", string.Empty, $"{Milliseconds(ranks.Began)} ms");
            Row("the same: agree, median of 9", string.Empty, $"{Milliseconds(At([.. Enumerable.Range(0, 9).Select(_ => ranks.Agree())], 0.5))} ms");
            Row("the same: the hub's part of a core while ranks only say that they are there", string.Empty, Percent(ranks.Idle(TimeSpan.FromSeconds(15))));
            Row("the same: an end is told to all", "≤ 100 ms", $"{Milliseconds(ranks.Die())} ms");
        }

        using (var log = LoggerFactory.Create(_ => { }))
        using (var ranks = new RealRanks(5_000, log.CreateLogger("ranks")))
            Row("5,000 real connections: the hub's part of a core while ranks only say that they are there", string.Empty, Percent(ranks.Idle(TimeSpan.FromSeconds(15))));

        foreach (var size in new[] { 1_000, 10_000 })
        {
            var ranks = new VirtualRanks(size);
            var agreed = ranks.Agree(dies: false);
            Row($"{size.ToString("N0", CultureInfo.InvariantCulture)} on a virtual clock: all welcome / agree / agree, and one dies meanwhile", "agree ≤ 1 s", $"{Milliseconds(ranks.Began)} / {Milliseconds(agreed)} / {Milliseconds(ranks.Agree(dies: true))} ms");
        }

        void Row(string what, string goal, string measured) => to.WriteLine($"| {what} | {goal} | {measured} |");
    }

    // The best of some rounds: what others take from this machine is not the boundary's.
    private static double Boundary()
    {
        const int Steps = 20_000_000;
        var gate = new StepGate();
        var best = double.MaxValue;
        for (var round = 0; round < 7; round++)
        {
            var began = Stopwatch.GetTimestamp();
            for (var step = 0L; step < Steps; step++)
                gate.Pass(step);
            best = Math.Min(best, Stopwatch.GetElapsedTime(began).TotalNanoseconds / Steps);
        }

        return best;
    }

    private static TimeSpan At(List<TimeSpan> all, double part)
    {
        all.Sort();
        return all[(int)Math.Ceiling((all.Count - 1) * part)];
    }

    private static string Percent(double part) => (part * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString(time.TotalMilliseconds < 10 ? "0.0" : "0", CultureInfo.InvariantCulture);
}
