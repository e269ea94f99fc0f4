using Cairn.Attempts;
using Cairn.Cli.Wrapper.History;

namespace Cairn.Cli.Tests.Wrapper;

public class CrashGuardTests
{
    // Attempts: a letter an attempt, the newest last. c crashed, k killed at the limit, h hung, s stopped, p preempted, a asked (75);
    // behind it + for progress, ? for none that could be told, else without; then ! for one
    // that used less than half of its time, ~ for one whose time nobody knows.
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
    [InlineData("a a a", 0, "attempts 1, 2 and 3")]
    [InlineData("a+ a+ a+ a+", 0, null)]
    [InlineData("a? a? a? a?", 0, null)]
    [InlineData("a?! a?! a?!", 0, "get on by less than they cost")]
    [InlineData("a+! a+! a+!", 0, "get on by less than they cost")]
    [InlineData("a+! a+ a+!", 0, null)]
    [InlineData("a+~ a+~ a+~ a+~", 0, null)]
    [InlineData("a?~ a?~ a?~", 0, "with --checkpoint-dir progress would be seen")]
    [InlineData("s?~ s?~ s?~", 0, "with --checkpoint-dir progress would be seen")]
    [InlineData("s?! s?! s?!", 0, "attempts 1, 2 and 3")]
    [InlineData("s+! s+! s+!", 0, null)]
    public void A_job_that_gets_nowhere_does_not_come_back(string attempts, int crashes, string? why)
    {
        var lines = attempts.Split(' ').Select((attempt, index) => Of(index + 1, Kind(attempt[0]), Progress(attempt[1..].TrimEnd('!', '~')), brief: attempt[^1] == '~' ? null : attempt[^1] == '!')).ToList();
        var now = lines[^1];
        var answer = CrashGuard.WhyNotAgain(lines[..^1], now, crashes, 200);
        if (why is null)
            Assert.Null(answer);
        else
            Assert.Contains(why, answer, StringComparison.Ordinal);
    }

    [Fact]
    public void An_attempt_whose_requeue_was_tried_several_times_counts_once()
    {
        WrappedAttempt[] lines = [Crash(1), Crash(1), Crash(1), Crash(2), Crash(2)];
        Assert.Null(CrashGuard.WhyNotAgain(lines, Crash(2), 2, 200));
        Assert.Contains("crash 3 in a row", CrashGuard.WhyNotAgain(lines, Crash(3), 2, 200), StringComparison.Ordinal);

        static WrappedAttempt Crash(int attempt) => Of(attempt, EndKind.Crashed, false);
    }

    [Theory]
    [InlineData('c', 1, true)]
    [InlineData('h', 1, true)]
    [InlineData('k', 1, false)]
    [InlineData('s', 2, false)]
    [InlineData('k', 3, true)]
    [InlineData('s', 3, true)]
    [InlineData('p', 3, false)]
    public void Where_nothing_is_remembered_what_might_go_on_for_ever_does_not_come_back(char kind, int attempt, bool refused) =>
        Assert.Equal(refused, CrashGuard.WhyNotAgain(null, Of(attempt, Kind(kind), false), 3, 200) is not null);

    [Fact]
    public void Every_attempt_counts_for_the_most_that_there_may_be()
    {
        var preempted = Of(200, EndKind.Preempted, true);
        Assert.Contains("--max-attempts allows 200", CrashGuard.WhyNotAgain([], preempted, 0, 200), StringComparison.Ordinal);
        Assert.Null(CrashGuard.WhyNotAgain([], preempted with { Number = 199 }, 0, 200));
    }

    [Fact]
    public void Another_command_of_the_script_has_a_count_of_its_own()
    {
        WrappedAttempt[] lines = [Of(1, EndKind.Finished, null, "first"), Of(1, EndKind.Crashed, false, "second"), Of(2, EndKind.Finished, true, "first")];
        Assert.Contains("crash 2 in a row", CrashGuard.WhyNotAgain(lines, Of(2, EndKind.Crashed, false, "second"), 1, 200), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1first=0 1second=3", "second", 3)]
    [InlineData("1first=0 1second=3", "first", 0)]
    [InlineData("1first=0 1second=3 2first", "second", null)] // it was run again
    [InlineData("1first=0 1second", "first", null)] // the second was to come back
    [InlineData("1second=3 2second=3", "first", null)]
    public void What_was_decided_holds_when_the_job_is_started_once_more(string journal, string command, int? code)
    {
        var lines = journal.Split(' ').Select(word => Of(word[0] - '0', EndKind.Crashed, null, word[1..].Split('=')[0], final: word.Contains('=', StringComparison.Ordinal) ? word[^1] - '0' : null));
        Assert.Equal(code, WrappedAttempt.Decided([.. lines], 3, command)?.End!.Final);
    }

    private static WrappedAttempt Of(int attempt, EndKind kind, bool? progress, string? command = null, bool? brief = null, int? final = null) =>
        new(attempt, command, new(default, kind, 1, progress, null, brief, null, EndAction.Requeue, final, "", null, 0));

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
