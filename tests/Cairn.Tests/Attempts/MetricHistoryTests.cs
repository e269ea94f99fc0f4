using Cairn.Attempts;

namespace Cairn.Tests.Attempts;

/// <summary>Which reports count where attempts did steps again.</summary>
public class MetricHistoryTests
{
    // An attempt: its number, the step from which it went on, the steps that it saved, and those for which it reported.
    [Theory]
    [InlineData("one alone", "1 from 0 saved 10 did 1-12", "1:1-12")]
    [InlineData("what was done again counts once", "1 from 0 saved 10 did 1-14; 2 from 10 saved 20 did 11-20", "1:1-10 2:11-20")]
    [InlineData("twice", "1 from 0 saved 10 did 1-14; 2 from 10 saved 20 did 11-27; 3 from 20 did 21-23", "1:1-10 2:11-20 3:21-23")]
    [InlineData("from the beginning again", "1 from 0 did 1-14; 2 from 0 saved 10 did 1-12", "2:1-12")]
    [InlineData("one that left nothing takes nothing", "1 from 0 saved 10,20 did 1-24; 2 from 10 did 11-30; 3 from 20 did 21-22", "1:1-20 3:21-22")]
    [InlineData("one that began further back and saved", "1 from 0 saved 10,20 did 1-24; 2 from 10 saved 20 did 11-23; 3 from 20 did 21-22", "1:1-10 2:11-20 3:21-22")]
    [InlineData("one that has come to no step yet", "1 from 0 saved 10 did 1-14; 2 from ?", "1:1-14")]
    [InlineData("one that has begun", "1 from 0 saved 10 did 1-14; 2 from 10", "1:1-10")]
    [InlineData("nobody says that he saved it", "1 from 0 did 1-14; 2 from 10 did 11-12", "1:1-10 2:11-12")]
    [InlineData("a report before the first step stands beside the last one's", "1 from 0 saved 10 did 1-14; 2 from 10 said 10:start did 11-12", "1:1-10 2:10-12")]
    [InlineData("what is said again at the same step counts once", "1 from 0 saved 10 did 1-10 said 10:test; 2 from 10 said 10:test", "1:1-10 2:10-10")]
    [InlineData("two of one step are both there", "1 from 0 saved 10 did 1-3,3-4", "1:1-3 1:3-4")]
    [InlineData("none", "", "")]
    public void Each_step_counts_once(string what, string attempts, string expected)
    {
        var given = attempts.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Attempt).ToList();
        var history = MetricHistory.Of(given);
        Assert.True(expected == Shown(history.Reports), $"{what}: {Shown(history.Reports)}");
        Assert.Equal(given.Sum(attempt => attempt.Reports.Count) - history.Reports.Count, history.LeftOut);
    }

    private static AttemptReports Attempt(string words)
    {
        var parts = words.Split(' ');
        var (saved, reports) = (new HashSet<long>(), new List<MetricReport>());
        for (var i = 3; i < parts.Length; i += 2)
        {
            foreach (var item in parts[i + 1].Split(','))
            {
                if (parts[i] == "saved")
                    saved.Add(long.Parse(item));
                else if (parts[i] == "said")
                    reports.Add(new(long.Parse(item.Split(':')[0]), item.Split(':')[1], 0, default));
                else
                    reports.AddRange(Steps(item).Select(step => new MetricReport(step, "loss", step, default)));
            }
        }

        return new(int.Parse(parts[0]), parts[2] == "?" ? null : long.Parse(parts[2]), saved, reports);
    }

    private static IEnumerable<long> Steps(string range)
    {
        var ends = range.Split('-').Select(long.Parse).ToArray();
        for (var step = ends[0]; step <= ends[1]; step++)
            yield return step;
    }

    // Runs of steps: 1:1-10 are those of attempt 1.
    private static string Shown(IReadOnlyList<(int Attempt, MetricReport Report)> reports)
    {
        var runs = new List<(int Attempt, long First, long Last)>();
        foreach (var (attempt, report) in reports)
        {
            if (runs.Count > 0 && runs[^1].Attempt == attempt && (report.Step == runs[^1].Last + 1 || (report.Step == runs[^1].Last && report.Metric != "loss")))
                runs[^1] = runs[^1] with { Last = report.Step };
            else
                runs.Add((attempt, report.Step, report.Step));
        }

        return string.Join(' ', runs.Select(run => $"{run.Attempt}:{run.First}-{run.Last}"));
    }
}
