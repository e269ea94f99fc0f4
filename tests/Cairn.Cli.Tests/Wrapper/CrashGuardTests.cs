using Cairn.Cli.Wrapper.Decisions;
using Cairn.Cli.Wrapper.History;

namespace Cairn.Cli.Tests.Wrapper;

public class CrashGuardTests
{
    // Attempts: a letter an attempt, the newest last. c crashed, k killed at the limit, h hung, s stopped, p preempted, a asked (75);
    // behind it + for progress, ? for none that could be told, else without.
    [Theory]
    [InlineData("c", 0, "--requeue-crashes")]
    [InlineData("c+", 0, "--requeue-crashes")]
    [InlineData("c", 1, null)]
    [InlineData("c c", 1, "crash 2 in a row")]
    [InlineData("c c+", 1, null)]
    [InlineData("c c+ c", 1, null)]
    [InlineData("c+ c", 1, null)]
    [InlineData("c p c", 1, "crash 2 in a row")]
    [InlineData("c? c?", 1, "crash 2 in a row")]
    [InlineData("c? s? c?", 1, null)]
    [InlineData("c c c c c", 5, null)]
    [InlineData("k k", 0, null)]
    [InlineData("k k k", 0, "attempts 1, 2 and 3")]
    [InlineData("k? k? k?", 0, "with --checkpoint-dir progress would be seen")]
    [InlineData("k k+ k", 0, null)]
    [InlineData("k k k+", 0, null)]
    [InlineData("s s s", 0, "attempts 1, 2 and 3")]
    [InlineData("s? s? s?", 0, null)]
    [InlineData("s+ s+ s+", 0, null)]
    [InlineData("h c k", 1, "attempts 1, 2 and 3")]
    [InlineData("k p k", 0, null)]
    [InlineData("k p k p k", 0, "attempts 1, 3 and 5")]
    [InlineData("p p p p", 0, null)]
    [InlineData("a a a a", 0, null)]
    public void A_job_that_gets_nowhere_does_not_come_back(string attempts, int crashes, string? why)
    {
        var lines = attempts.Split(' ').Select((attempt, index) => new AttemptLine(default, index + 1, Kind(attempt[0]), 1, Progress(attempt[1..]), EndAction.Requeue, "")).ToList();
        var now = lines[^1];
        var answer = CrashGuard.WhyNotAgain(lines[..^1], now.Attempt, now.Kind, now.Progress, crashes);
        if (why is null)
            Assert.Null(answer);
        else
            Assert.Contains(why, answer, StringComparison.Ordinal);
    }

    [Fact]
    public void An_attempt_whose_requeue_was_tried_several_times_counts_once()
    {
        AttemptLine[] lines = [Crash(1), Crash(1), Crash(1), Crash(2), Crash(2)];
        Assert.Null(CrashGuard.WhyNotAgain(lines, 2, EndKind.Crashed, false, 2));
        Assert.Contains("crash 3 in a row", CrashGuard.WhyNotAgain(lines, 3, EndKind.Crashed, false, 2), StringComparison.Ordinal);

        static AttemptLine Crash(int attempt) => new(default, attempt, EndKind.Crashed, 1, false, EndAction.Requeue, "");
    }

    [Theory]
    [InlineData('c', true)]
    [InlineData('h', true)]
    [InlineData('k', false)]
    [InlineData('s', false)]
    public void Where_nothing_is_remembered_what_might_go_on_for_ever_does_not_come_back(char kind, bool refused) =>
        Assert.Equal(refused, CrashGuard.WhyNotAgain(null, 1, Kind(kind), false, 3) is not null);

    private static EndKind Kind(char letter) => letter switch
    {
        'c' => EndKind.Crashed,
        'k' => EndKind.Killed,
        'h' => EndKind.Hung,
        's' => EndKind.Stopped,
        'p' => EndKind.Preempted,
        _ => EndKind.AskedForRequeue,
    };

    private static bool? Progress(string sign) => sign switch { "+" => true, "?" => null, _ => false };
}
