using System.Text;
using Cairn.Attempts;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Attempts;

/// <summary>A long journal is read from its ends, a long history from its newest journal: the answers are those of the whole.</summary>
public sealed class JournalEndsTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static IEnumerable<JournalEvent> Many(int count) => Enumerable.Range(0, count).Select(i => new Hang(Now, i, 60, 1, "the main thread waits"));

    private static AttemptStarted Claim(int number, string job = "17", int restarts = 0) =>
        new(Now, number, job, restarts, null, 1, new ProcessIdentity("n1", "boot", number, 7), "train", "0.1.0");

    private string Write(int number, IEnumerable<JournalEvent> events)
    {
        Directory.CreateDirectory(AttemptFiles.Folder(folder.Path));
        var path = AttemptFiles.Journal(folder.Path, number);
        File.WriteAllLines(path, events.Select(entry => Encoding.UTF8.GetString(JournalForm.Write(entry))));
        return path;
    }

    [Theory]
    [InlineData(0, 0, 0, 0)]
    [InlineData(5000, 0, 0, 0)]
    [InlineData(0, 5000, 0, 0)]
    [InlineData(0, 0, 5000, 0)]
    [InlineData(0, 0, 0, 5000)]
    [InlineData(3000, 3000, 3000, 3000)]
    public void What_decides_is_found_wherever_it_stands(int beforeResumed, int beforeSaved, int beforeEnd, int afterEnd)
    {
        var path = Write(1,
        [
            Claim(1), new FolderTaken(Now, 3), new Remembered(Now, 5, 7, [1, 2], null, null, 0), .. Many(beforeResumed), new Resumed(Now, 40, "c", 1, 1, [], [], null),
            .. Many(beforeSaved), new Saved(Now, 50, "schedule", 1, 1, 1), new Saved(Now, 60, "stop", 1, 1, 1), new Interrupted(Now, "Warning", "USR2", "x", Now.AddSeconds(9)),
            .. Many(beforeEnd), new Stopped(Now, 61, 60, "Warning", "Requeue", "because"), new AttemptEnded(Now, "stopped", 61, 0, 1), new Finished(Now, 61, 61), .. Many(afterEnd),
        ]);
        var (ends, whole) = (JournalFile.ReadEnds(path), JournalFile.ReadAll(path));
        Assert.Equal(Decisive(whole), Decisive(ends));
        if (whole.Count > 10_000)
            Assert.True(ends.Count < 2500, $"{ends.Count} of {whole.Count}");

        // The last of each kind, and nothing twice.
        static List<string> Decisive(IReadOnlyList<JournalEvent> events) =>
            [.. events.Where(entry => entry is not Hang).GroupBy(entry => entry.GetType()).Select(kind => $"{kind.Last()} {(kind.Key == typeof(Saved) ? 1 : kind.Count())}").Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void What_attempts_remember_gives_the_answers_of_all_journals()
    {
        var random = new Random(1);
        for (var round = 0; round < 300; round++)
        {
            var (told, whole, job, restarts) = (new List<AttemptStory>(), new List<AttemptStory>(), 17, 0);
            for (var number = 1; number <= 12; number++)
            {
                var claim = Claim(number, $"{job}", restarts);
                var remembered = Remembered.Of(Now, told, claim);
                Assert.Equal(Naive(whole), (remembered.Finished?.Step, remembered.WarnedAttempt));
                foreach (var cause in (string[])["Warning", "Preempted"])
                {
                    var now = new AttemptStory(number, "", [claim, new Resumed(Now, 40, "c", 1, 1, [], [], null)]);
                    Assert.Equal(
                        AttemptGuard.WhyNotAgain([.. whole, now], cause, null),
                        AttemptGuard.WhyNotAgain([now with { Events = [claim, remembered, .. now.Events.Skip(1)] }], cause, null));
                }

                List<JournalEvent> events = [new Resumed(Now, 40, "c", 1, 1, [], [], null)];
                (job, restarts) = random.Next(3) == 0 ? (job + 1, 0) : (job, restarts + 1);
                if (random.Next(4) == 0)
                    events.Add(new Saved(Now, 41, "stop", 1, 1, 1));
                if (random.Next(3) == 0)
                    events.Add(new Interrupted(Now, "Warning", "USR2", "x", random.Next(2) == 0 ? null : Now.AddSeconds(number)));
                if (random.Next(8) == 0)
                    events.Add(new Finished(Now, number, number));
                if (random.Next(2) == 0)
                    events.Add(new Stopped(Now, 40, 40, ((string[])["Warning", "Preempted", "Deadline"])[random.Next(3)], "Requeue", "x"));
                if (random.Next(3) == 0)
                    events.Add(new AttemptEnded(Now, "stopped", 40, 0, 1));

                // Some die before they write what they remember, and some are of an older Cairn.
                whole.Add(new AttemptStory(number, "", random.Next(10) == 0 ? [] : [claim, .. events]));
                told.Add(whole[^1].Events.Count == 0 || random.Next(5) == 0 ? whole[^1] : whole[^1] with { Events = [claim, remembered, .. events] });
            }
        }

        static (long?, long?) Naive(List<AttemptStory> all) => (
            all.Select(attempt => attempt.Finished).LastOrDefault(mark => mark is not null)?.Step,
            all.LastOrDefault(attempt => attempt.Events.OfType<Interrupted>().Any(entry => entry.Deadline is not null))?.Number);
    }

    [Fact]
    public void A_journal_is_followed_from_where_it_was_read_to_and_a_line_that_is_half_there_is_waited_for()
    {
        var path = Write(1, [Claim(1), .. Many(2000)]);
        var follower = new JournalFollower(1, path);
        Assert.Equal(1, follower.Story().Claim!.Attempt);
        Assert.Equal(new FileInfo(path).Length, follower.Position);
        var line = Encoding.UTF8.GetString(JournalForm.Write(new Resumed(Now, 40, "c", 1, 1, [], [], null)));
        File.AppendAllText(path, line[..20]);
        Assert.Empty(follower.Story().Events.OfType<Resumed>());
        File.AppendAllText(path, line[20..] + "\n");
        Assert.Equal(40, follower.Story().Events.OfType<Resumed>().Single().Step);
        Assert.Same(follower.Story(), follower.Story());
    }

    [Fact]
    public void A_look_for_a_later_attempt_changes_the_folder_and_leaves_nothing()
    {
        using var claim = AttemptClaim.Take(folder.Path, [], number => Claim(number));
        var attempts = AttemptFiles.Folder(folder.Path);
        Directory.SetLastWriteTimeUtc(attempts, Now.UtcDateTime);
        Assert.False(claim.IsSuperseded());
        Assert.NotEqual(Now.UtcDateTime, Directory.GetLastWriteTimeUtc(attempts));
        Assert.Equal(["0001.jsonl"], Checkpoints.Stores.Names(attempts));
    }

    [Fact]
    public void What_such_a_look_left_is_no_journal_and_goes_with_the_next_start()
    {
        Directory.CreateDirectory(AttemptFiles.Folder(folder.Path));
        var left = AttemptFiles.NewProbe(folder.Path);
        File.WriteAllText(left, "");
        Assert.Empty(AttemptFiles.In(folder.Path));
        using var run = TrainingRun.Open(folder.Path, new() { Logger = NullLogger.Instance });
        Assert.Equal(1, run.Attempt);
        Assert.False(File.Exists(left));
    }

    [Fact]
    public void A_look_where_nothing_can_be_changed_still_sees_a_later_attempt()
    {
        using var disk = SmallFileSystem.Tmpfs(1);
        using var first = AttemptClaim.Take(Path.Combine(disk.Path, "sub"), [], number => Claim(number));
        File.WriteAllText(AttemptFiles.Journal(Path.Combine(disk.Path, "sub"), 2), "");
        first.Journal.Dispose(); // an open file forbids the change
        disk.MakeReadOnly();
        Assert.True(first.IsSuperseded());
    }
}
