using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.LocalScheduler.Reports;

namespace Cairn.Cli.Tests.LocalScheduler;

/// <summary>The bytes of <c>cairn local --report</c>.</summary>
public class JobReportTests
{
    private static readonly DateTimeOffset Started = new(2026, 3, 4, 5, 6, 7, 89, TimeSpan.FromHours(1));

    [Fact]
    public void Every_attempt_is_told() => Assert.Equal(
        """
        {
          "job_id": 4711,
          "commands": "/tmp/jo\u0027s \u00E4/bin",
          "state": "COMPLETED",
          "exit_code": 0,
          "attempts": [
            {
              "number": 1,
              "started": "2026-03-04T05:06:07.089+01:00",
              "seconds": 1.5,
              "ending": "PreemptedAndRequeued",
              "exit_code": null,
              "signal": null
            },
            {
              "number": 2,
              "started": "2026-03-04T05:06:07.089+01:00",
              "seconds": 0,
              "ending": "Failed",
              "exit_code": 0,
              "signal": 11
            },
            {
              "number": 3,
              "started": "2026-03-04T05:06:07.089+01:00",
              "seconds": 1E+20,
              "ending": "Finished",
              "exit_code": 0,
              "signal": null
            }
          ]
        }
        """,
        Json(new(4711, "/tmp/jo's ä/bin", "COMPLETED", 0, [
            new(1, Started, 1.5, AttemptEnding.PreemptedAndRequeued, null, null),
            new(2, Started, 0, AttemptEnding.Failed, 0, 11),
            new(3, Started, 1e20, AttemptEnding.Finished, 0, null),
        ])));

    [Fact]
    public void Without_one_the_list_is_empty() => Assert.Equal(
        """
        {
          "job_id": 1,
          "commands": "",
          "state": "CANCELLED",
          "exit_code": 143,
          "attempts": []
        }
        """,
        Json(new(1, "", "CANCELLED", 143, [])));

    [Fact]
    public void Every_ending_has_its_name()
    {
        foreach (var ending in Enum.GetValues<AttemptEnding>())
            Assert.Contains($"\"ending\": \"{ending}\"", Json(new(1, "", "", 0, [new(1, Started, 0, ending, null, null)])), StringComparison.Ordinal);
    }

    private static string Json(JobReport report) => report.Json();
}
