using Cairn.Cli.Inspection;
using Cairn.Cli.Inspection.Reports;
using Cairn.Posix;

namespace Cairn.Cli.Tests.Inspection;

/// <summary>The bytes of <c>cairn ls --format json</c>.</summary>
public class InventoryJsonTests
{
    private static readonly DateTimeOffset Time = new(2026, 3, 4, 5, 6, 7, 89, TimeSpan.FromHours(1));

    [Fact]
    public void What_is_known_is_written_and_what_is_not_left_out()
    {
        var shared = new FileStatus(true, new(1, 0, 2), 100, Time);
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal)
        {
            ["loss"] = 0.1,
            ["ä \"b\""] = double.NaN,
            ["up"] = double.PositiveInfinity,
            ["down"] = double.NegativeInfinity,
            ["whole"] = 3,
            ["tiny"] = -1e-300,
        };
        var inventory = new Inventory(
            "/runs/jo's",
            [
                new(new(30, "/runs/step-0000000030"), [shared, new(true, new(1, 0, 3), 7, Time)], new(Time, new(30, 2), "4711_2", ["model", "optimizer"], metrics), null),
                new(new(20, "/runs/step-0000000020"), [shared], new(Time, new(20, 1), null, [], new Dictionary<string, double>(StringComparer.Ordinal)), null) { WhyNot = "of another line" },
                new(new(10, "/runs/step-0000000010"), [], null, "checkpoint.json: gone"),
            ],
            [new("aside-1", "moved <aside>", [new(true, new(1, 0, 9), 5, Time)], Time), new(".saving-2", "being saved", [], null)],
            [
                new(1, "4711", "node1", Time, 1.25, 0, 20, 5, 3, new("requeued", "warned, requeued")),
                new(2, null, null, null, null, null, null, 0, 0, new("lost", "died at its start")),
            ]);
        Assert.Equal(
            """
            {
              "folder": "/runs/jo\u0027s",
              "physical_bytes": 112,
              "checkpoints": [
                {
                  "step": 30,
                  "name": "step-0000000030",
                  "state": "valid",
                  "saved_at": "2026-03-04T05:06:07.089+01:00",
                  "attempt": 2,
                  "job": "4711_2",
                  "bytes": 107,
                  "shared_bytes": 100,
                  "parts": [
                    "model",
                    "optimizer"
                  ],
                  "metrics": {
                    "loss": 0.1,
                    "\u00E4 \u0022b\u0022": "NaN",
                    "up": "Infinity",
                    "down": "-Infinity",
                    "whole": 3,
                    "tiny": -1E-300
                  }
                },
                {
                  "step": 20,
                  "name": "step-0000000020",
                  "state": "superseded",
                  "problem": "of another line",
                  "saved_at": "2026-03-04T05:06:07.089+01:00",
                  "attempt": 1,
                  "bytes": 100,
                  "shared_bytes": 100,
                  "parts": [],
                  "metrics": {}
                },
                {
                  "step": 10,
                  "name": "step-0000000010",
                  "state": "damaged",
                  "problem": "checkpoint.json: gone",
                  "bytes": 0,
                  "shared_bytes": 0
                }
              ],
              "remnants": [
                {
                  "name": "aside-1",
                  "kind": "moved \u003Caside\u003E",
                  "changed": "2026-03-04T05:06:07.089+01:00",
                  "bytes": 5
                },
                {
                  "name": ".saving-2",
                  "kind": "being saved",
                  "bytes": 0
                }
              ],
              "attempts": [
                {
                  "number": 1,
                  "job": "4711",
                  "host": "node1",
                  "began": "2026-03-04T05:06:07.089+01:00",
                  "seconds": 1.25,
                  "from_step": 0,
                  "to_step": 20,
                  "lost_steps": 5,
                  "saves": 3,
                  "state": "requeued",
                  "ended": "warned, requeued"
                },
                {
                  "number": 2,
                  "saves": 0,
                  "state": "lost",
                  "ended": "died at its start"
                }
              ]
            }
            """,
            InventoryJson.Write(inventory));
    }

    [Fact]
    public void An_empty_folder_has_empty_lists() => Assert.Equal(
        """
        {
          "folder": "/runs",
          "physical_bytes": 0,
          "checkpoints": [],
          "remnants": [],
          "attempts": []
        }
        """,
        InventoryJson.Write(new("/runs", [], [], [])));
}
