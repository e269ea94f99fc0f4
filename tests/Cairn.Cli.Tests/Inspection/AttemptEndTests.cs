using Cairn.Attempts;
using Cairn.Cli.Inspection;

namespace Cairn.Cli.Tests.Inspection;

/// <summary>How an attempt ended: a table.</summary>
public class AttemptEndTests
{
    private static readonly DateTimeOffset Now = MadeFolder.After(100);
    private static readonly AttemptStarted Claim = new(Now, 1, "17", 0, null, 1, ProcessIdentity.Current, "train", "0.1.0");

    public static TheoryData<string, string, string[], bool, bool?, double> Table => new()
    {
        { "finished", "finished at step 40", ["finished"], true, false, 0 },
        { "requeued", "warned, requeued", ["stopped Warning Requeue"], true, null, 0 },
        { "requeued", "time limit, requeued", ["stopped TimeLimit Requeue", "answer AlreadyPending"], true, false, 0 },
        { "stopped", "warned; the requeue failed: words", ["stopped Warning Requeue", "answer Refused"], true, false, 0 },
        { "requeued", "preempted, left to the wrapper", ["stopped Preempted ExitForWrapper"], true, false, 0 },
        { "stopped", "cancelled, not requeued: why", ["stopped Cancelled Leave", "ended stopped"], true, false, 0 },
        { "stopped", "stop file: stopped: not requeued", ["stopped StopFile Leave stopped:_not_requeued"], true, false, 0 },
        { "requeued", "requeued by somebody else", ["stopped Requeued Leave"], true, false, 0 },
        { "superseded", "stopped: a later attempt had taken over", ["ended superseded"], false, false, 0 },
        { "left", "left the loop in step 9", ["ended left"], true, false, 0 },
        { "left", "ended without Finish at step 9", ["ended open"], true, false, 0 },
        { "finished", "nothing to do: finished before, at step 9", ["ended finished"], true, false, 0 },
        { "running", "is running", [], true, true, 9999 },
        { "running", "is running, by its journal", [], true, null, 20 },
        { "silent", "silent for 1 h: killed, crashed, or its node is away", [], true, null, 3600 },
        { "running", "is running, by its journal", [], true, null, -120 },
        { "silent", "told of by a journal that was written 1 h from now: a clock is wrong, its own, its file server's or this machine's, so nobody knows whether it runs", [], true, null, -3600 },
        { "lost", "killed or crashed", [], true, false, 0 },
        { "lost", "killed or crashed", [], true, false, -3600 },
        { "lost", "killed or crashed", [], false, null, 0 },
        { "lost", "killed or crashed", [], false, true, 0 },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void An_attempt_ends_as_its_journal_and_this_machine_know(string state, string words, string[] events, bool isLast, bool? isRunning, double silence) =>
        Assert.Equal(new AttemptEnd(state, words), AttemptEnd.Of(new(1, "0001.jsonl", [Claim, .. events.Select(Event)]), isLast, isRunning, TimeSpan.FromSeconds(silence)));

    [Fact]
    public void An_attempt_without_a_claim_died_at_its_start() =>
        Assert.Equal(new AttemptEnd("lost", "died at its start"), AttemptEnd.Of(new(1, "0001.jsonl", []), true, null, TimeSpan.Zero));

    private static JournalEvent Event(string text) => text.Split(' ') switch
    {
        ["finished"] => new Finished(Now, 40, 40),
        ["stopped", var cause, var action] => new Stopped(Now, 9, 9, cause, action, "why"),
        ["stopped", var cause, var action, var why] => new Stopped(Now, 9, 9, cause, action, why.Replace('_', ' ')),
        ["answer", var result] => new RequeueAnswered(Now, result, result == "Refused" ? "words" : null),
        ["ended", var outcome] => new AttemptEnded(Now, outcome, 9, null, 5),
        _ => throw new ArgumentException(text, nameof(text)),
    };
}
