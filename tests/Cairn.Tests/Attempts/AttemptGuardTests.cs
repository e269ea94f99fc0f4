using Cairn.Attempts;

namespace Cairn.Tests.Attempts;

/// <summary>A row a story: the attempts before, oldest first, then this one's cause.</summary>
public class AttemptGuardTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>
    /// An attempt in words: "saved" (it made a new checkpoint); "resaved" (the one that it began with); a cause that it stopped for; "killed" (it died without a word and
    /// Slurm started the same job again); "crashed" (the same, but another job came after);
    /// "again" (the same, but the job was not started again: another step of it came after); "left" (break or exception);
    /// "finished"; "superseded".
    /// </summary>
    private static List<AttemptStory> Attempts(string text, bool savedNow)
    {
        var attempts = new List<AttemptStory>();
        var (job, restarts, number) = (17, 0, 0);
        foreach (var words in (string[])[.. text.Split(", ", StringSplitOptions.RemoveEmptyEntries), savedNow ? "saved now" : "now"])
        {
            number++;
            var events = new List<JournalEvent>
            {
                new AttemptStarted(Now, number, job.ToString(), restarts, null, 1, new ProcessIdentity("n1", "boot", number, 7), "train", "0.1.0"),
                new Resumed(Now, 40, "step-0000000040", 1, 1, [], [], null),
            };
            restarts++;
            foreach (var word in words.Split(' '))
            {
                switch (word)
                {
                    case "saved":
                        events.Add(new Saved(Now, 41, "stop", 1, 1, 1));
                        break;
                    case "resaved":
                        events.Add(new Saved(Now, 40, "stop", 1, 1, 1));
                        break;
                    case "again":
                        restarts--;
                        break;
                    case "killed" or "now":
                        break;
                    case "crashed":
                        (job, restarts) = (job + 1, 0);
                        break;
                    case "left" or "superseded":
                        events.Add(new AttemptEnded(Now, word, 40, 1, 1));
                        break;
                    case "finished":
                        events.Add(new Finished(Now, 40, 40));
                        break;
                    default:
                        events.Add(new Stopped(Now, 40, 40, word, "Requeue", word));
                        events.Add(new AttemptEnded(Now, "stopped", 40, 0, 1));
                        break;
                }
            }

            attempts.Add(new AttemptStory(number, $"{number}", events));
        }

        return attempts;
    }

    [Theory]
    [InlineData("", "Warning", false, null)]
    [InlineData("Warning", "Deadline", false, null)] // two
    [InlineData("Warning, Deadline", "TimeLimit", false, "attempts 1, 2 and 3")]
    [InlineData("crashed, crashed", "Warning", false, "attempts 1, 2 and 3")]
    [InlineData("left, crashed", "Deadline", false, "attempts 1, 2 and 3")]
    [InlineData("again, again", "Warning", false, "attempts 1, 2 and 3")]
    [InlineData("resaved Warning, resaved Deadline", "Warning", false, "attempts 1, 2 and 3")]
    [InlineData("Warning, Warning", "Warning", true, null)] // a new checkpoint resets
    [InlineData("Warning, saved Warning, Warning", "Warning", false, null)]
    [InlineData("saved Warning, Warning, Warning", "Warning", false, "attempts 2, 3 and 4")]
    [InlineData("Warning, Warning", "Preempted", false, null)] // preemptions and failed nodes never count
    [InlineData("Warning, Preempted, Preempted, killed", "Warning", false, null)]
    [InlineData("Warning, Preempted, killed, Warning", "Warning", false, "attempts 1, 4 and 5")]
    [InlineData("killed, killed, killed, killed", "Warning", false, null)]
    [InlineData("Warning, Requeued, Cancelled, Interrupted, StopFile, superseded", "Warning", false, null)] // nor what people do
    [InlineData("Warning, Warning, finished, Warning", "Warning", false, null)]
    [InlineData("Unknown, Unknown", "Unknown", false, "attempts 1, 2 and 3")]
    public void Three_in_a_row_without_a_new_checkpoint_are_enough(string before, string cause, bool savedNow, string? refusal)
    {
        var why = AttemptGuard.WhyNotAgain(Attempts(before, savedNow), cause, most: null);
        if (refusal is null)
            Assert.Null(why);
        else
            Assert.StartsWith(refusal + " ended by limit, crash or hang without a new checkpoint", why, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("saved Warning", 3, null)]
    [InlineData("saved Warning, saved Preempted", 3, "this was attempt 3 and the options allow 3")]
    [InlineData("saved Warning, saved Preempted, saved Warning", 3, "this was attempt 4 and the options allow 3")]
    [InlineData("", 1, "this was attempt 1 and the options allow 1")]
    public void The_total_cap_counts_every_attempt(string before, int most, string? refusal) =>
        Assert.Equal(refusal, AttemptGuard.WhyNotAgain(Attempts(before, savedNow: true), "Preempted", most));
}
