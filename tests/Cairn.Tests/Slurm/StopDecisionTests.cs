using Cairn.Slurm;

namespace Cairn.Tests.Slurm;

/// <summary>A row a case. On the left what came and what Slurm says, on the right the cause, and what to do.</summary>
public class StopDecisionTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Now = Start.AddMinutes(50);
    private static readonly SlurmJob Job = new("17_3", "17_3", "3", 1, 0, 1, null, "main", null, null);
    private static readonly SlurmSite Site = new(TimeSpan.FromSeconds(30), PreemptionCancels: false, PreemptionHasGrace: true);
    private static readonly RequeueRules Rules = new(RequeueMode.Self, EvenIfPreemptionCancels: false, _ => null);

    /// <summary>
    /// What Slurm says, in words: a state, perhaps a reason, and marks: preempted, restarted, interactive, due (the end is now), overdue (it
    /// has passed), early (asked before the newest signal came), just (in the moment of the first), shell:N (the signal that ended the batch shell). Null: nothing.
    /// </summary>
    private static JobStatus? Status(string? text)
    {
        if (text is null)
            return null;
        var words = text.Split(' ');
        return new JobStatus(
            Now,
            words[0],
            words.Contains("TimeLimit") ? "TimeLimit" : "None",
            Restarts: words.Contains("restarted") ? 2 : 1,
            Batch: !words.Contains("interactive"),
            StartTime: Start,
            EndTime: words.Contains("overdue") ? Now.AddSeconds(-1) : words.Contains("due") ? Now : Start.AddHours(1),
            PreemptTime: words.Contains("preempted") ? Now.AddSeconds(-5) : null,
            ShellDiedOf: words.FirstOrDefault(word => word.StartsWith("shell:", StringComparison.Ordinal)) is { } shell ? int.Parse(shell[6..]) : 0)
        {
            AskedOn = words.Contains("early") ? -1 : words.Contains("just") ? 0 : long.MaxValue,
        };
    }

    /// <summary>What was received, a second apart: signals by name, and what is no signal by its kind.</summary>
    private static Interruption[] Received(string text) =>
        [.. text.Split(' ').Select((word, index) => new Interruption(
            word switch { "USR2" => InterruptionKind.Warning, "TERM" => InterruptionKind.Terminate, "INT" => InterruptionKind.Interrupt, _ => Enum.Parse<InterruptionKind>(word) },
            Start.AddMinutes(49).AddSeconds(index),
            word,
            word is "USR2" or "TERM" or "INT" ? word : null) { Heard = index })];

    [Theory]
    // 0: a person at the keyboard
    [InlineData("INT", "RUNNING", "Interrupted", "Leave", 130)]
    [InlineData("USR2 INT", "RUNNING", "Interrupted", "Leave", 130)]
    [InlineData("USR2 INT TERM", "COMPLETING TimeLimit", "Interrupted", "Leave", 130)]
    // 1: back in the queue already
    [InlineData("USR2", "PENDING", "Requeued", "Leave", 0)]
    [InlineData("USR2", "RUNNING restarted", "Requeued", "Leave", 0)]
    [InlineData("TERM", "COMPLETING restarted", "Requeued", "Leave", 0)]
    [InlineData("TERM", "PENDING preempted", "Requeued", "Leave", 0)]
    [InlineData("TERM", "REQUEUE_HOLD", "Requeued", "Leave", 0)]
    [InlineData("Slurm", "PENDING restarted", "Requeued", "Leave", 0)]
    // 2: the limit
    [InlineData("TERM", "COMPLETING TimeLimit", "TimeLimit", "Requeue", 0)]
    [InlineData("TERM", "TIMEOUT TimeLimit", "TimeLimit", "Requeue", 0)]
    [InlineData("TERM", "TIMEOUT", "TimeLimit", "Requeue", 0)]
    [InlineData("USR2 TERM", "COMPLETING TimeLimit", "TimeLimit", "Requeue", 0)]
    // 3: a preemption
    [InlineData("TERM", "RUNNING preempted", "Preempted", "Requeue", 0)]
    [InlineData("USR2", "RUNNING preempted", "Preempted", "Requeue", 0)]
    [InlineData("Slurm", "RUNNING preempted", "Preempted", "Requeue", 0)]
    [InlineData("TERM", "COMPLETING preempted", "PreemptedForGood", "Leave", 143)]
    // 4: cancelled, or at its end in another way
    [InlineData("TERM", "COMPLETING", "Cancelled", "Leave", 143)]
    [InlineData("TERM", "CANCELLED", "Cancelled", "Leave", 143)]
    [InlineData("TERM", "DEADLINE", "Cancelled", "Leave", 143)]
    [InlineData("TERM", "OUT_OF_MEMORY", "Cancelled", "Leave", 143)]
    [InlineData("TERM", "NODE_FAIL", "Cancelled", "Leave", 143)]
    [InlineData("USR2 TERM", "COMPLETING", "Cancelled", "Leave", 143)] // scancel in the middle of the save
    [InlineData("Deadline", "CANCELLED", "Cancelled", "Leave", 143)]
    [InlineData("TERM", "COMPLETING shell:9", "Cancelled", "Leave", 143)] // scancel --batch
    [InlineData("TERM", "COMPLETING shell:15", "Cancelled", "Leave", 143)]
    [InlineData("TERM", "FAILED shell:12", "Cancelled", "Leave", 143)]
    [InlineData("TERM", "COMPLETING shell:12", "Warning", "Requeue", 0)] // B:USR2, and no trap in the batch script
    [InlineData("TERM", "COMPLETING shell:10", "Warning", "Requeue", 0)]
    // 5: the stop file
    [InlineData("StopFile", "RUNNING", "StopFile", "Leave", 143)]
    [InlineData("USR2 StopFile", "RUNNING", "StopFile", "Leave", 143)]
    [InlineData("StopFile", null, "StopFile", "Leave", 143)]
    // 5 as well: the program itself, but for what it does about a signal or what Slurm does anyway
    [InlineData("Requested", "RUNNING", "Requested", "Leave", 143)]
    [InlineData("Requested", null, "Requested", "Leave", 143)]
    [InlineData("Requested Deadline", "RUNNING", "Requested", "Leave", 143)]
    [InlineData("Requested USR2", "RUNNING", "Warning", "Requeue", 0)]
    [InlineData("TERM Requested", "RUNNING", "Warning", "Requeue", 0)]
    [InlineData("Requested TERM", "COMPLETING TimeLimit", "TimeLimit", "Requeue", 0)]
    [InlineData("Requested", "PENDING", "Requeued", "Leave", 0)]
    [InlineData("Deadline Requested", "RUNNING", "Deadline", "Requeue", 0)]
    [InlineData("Requested INT", "RUNNING", "Interrupted", "Leave", 130)]
    // 6: no answer, or none that knows of the newest signal
    [InlineData("USR2", null, "Unknown", "Leave", 69)]
    [InlineData("TERM", null, "Unknown", "Leave", 69)]
    [InlineData("USR2 TERM", "RUNNING early", "Unknown", "Leave", 69)]
    [InlineData("Deadline", null, "Unknown", "Leave", 69)]
    [InlineData("USR2", "RUNNING just", "Warning", "Requeue", 0)]
    [InlineData("USR2 TERM", "RUNNING just", "Unknown", "Leave", 69)]
    // 7: the limit has passed, but Slurm has not come to it yet
    [InlineData("USR2", "RUNNING overdue", "TimeLimit", "Requeue", 0)]
    [InlineData("USR2", "RUNNING due", "TimeLimit", "Requeue", 0)]
    // 8: the deadline, and any warning
    [InlineData("Deadline", "RUNNING", "Deadline", "Requeue", 0)]
    [InlineData("Deadline", "RUNNING early", "Deadline", "Requeue", 0)] // no signal came after that answer
    [InlineData("USR2", "RUNNING", "Warning", "Requeue", 0)]
    [InlineData("USR2", "SUSPENDED", "Warning", "Requeue", 0)]
    [InlineData("TERM", "RUNNING", "Warning", "Requeue", 0)] // --signal=TERM, or scancel --signal
    // what cannot be requeued
    [InlineData("USR2", "RUNNING interactive", "Warning", "Leave", 69)]
    [InlineData("TERM", "COMPLETING TimeLimit interactive", "TimeLimit", "Leave", 69)]
    public void What_to_do_under_Slurm(string received, string? status, string cause, string action, int exitCode)
    {
        var decision = StopDecision.Decide(Job, Received(received), Status(status), Site, Now, Rules);
        Assert.Equal((cause, action, exitCode), (decision.Cause.ToString(), decision.Action.ToString(), decision.ExitCode));
        Assert.NotEmpty(decision.Reason);
    }

    [Theory]
    [InlineData("USR2", "RUNNING", "Wrapper", "ExitForWrapper", 75)]
    [InlineData("Deadline", "RUNNING", "Wrapper", "ExitForWrapper", 75)]
    [InlineData("TERM", "COMPLETING TimeLimit", "Wrapper", "ExitForWrapper", 75)]
    [InlineData("TERM", null, "Wrapper", "ExitForWrapper", 75)]
    [InlineData("TERM", "COMPLETING", "Wrapper", "Leave", 143)]
    [InlineData("INT", "RUNNING", "Wrapper", "Leave", 130)]
    [InlineData("USR2", "PENDING", "Wrapper", "Leave", 0)]
    [InlineData("USR2", "RUNNING", "Never", "Leave", 143)]
    public void A_wrapper_and_the_options_have_a_say(string received, string? status, string mode, string action, int exitCode)
    {
        var decision = StopDecision.Decide(Job, Received(received), Status(status), Site, Now, Rules with { Mode = Enum.Parse<RequeueMode>(mode) });
        Assert.Equal((action, exitCode), (decision.Action.ToString(), decision.ExitCode));
    }

    [Theory]
    [InlineData("RUNNING preempted", true, false, "PreemptedForGood", "Leave", 143)]
    [InlineData("RUNNING preempted", true, true, "PreemptedForGood", "Requeue", 0)]
    [InlineData("COMPLETING preempted", false, true, "PreemptedForGood", "Requeue", 0)]
    [InlineData("RUNNING", true, false, "Warning", "Requeue", 0)]
    public void A_partition_that_cancels_what_it_preempts(string status, bool cancels, bool asked, string cause, string action, int exitCode)
    {
        var decision = StopDecision.Decide(
            Job, Received("TERM"), Status(status), Site with { PreemptionCancels = cancels }, Now, Rules with { EvenIfPreemptionCancels = asked });
        Assert.Equal((cause, action, exitCode), (decision.Cause.ToString(), decision.Action.ToString(), decision.ExitCode));
    }

    [Theory]
    [InlineData("USR2", "RUNNING", "Self", 78)]
    [InlineData("USR2", "RUNNING", "Wrapper", 78)]
    [InlineData("TERM", "COMPLETING TimeLimit", "Self", 78)]
    [InlineData("TERM", "COMPLETING", "Self", 143)] // nothing would be requeued anyway
    public void A_job_that_gets_nowhere_is_not_requeued_and_says_why(string received, string status, string mode, int exitCode)
    {
        var decision = StopDecision.Decide(
            Job, Received(received), Status(status), Site, Now, Rules with { Mode = Enum.Parse<RequeueMode>(mode), WhyNotAgain = _ => "it gets nowhere" });
        Assert.Equal(("Leave", exitCode), (decision.Action.ToString(), decision.ExitCode));
        Assert.Equal(exitCode == 78, decision.Reason.EndsWith("not requeued, because it gets nowhere", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("USR2", "Self", 143)]
    [InlineData("TERM", "Self", 143)]
    [InlineData("StopFile", "Self", 143)]
    [InlineData("INT", "Self", 130)]
    [InlineData("USR2 INT TERM", "Self", 130)]
    [InlineData("USR2", "Wrapper", 75)]
    [InlineData("Deadline", "Wrapper", 75)]
    [InlineData("StopFile", "Wrapper", 143)]
    public void Without_Slurm_the_state_is_saved_and_the_next_start_goes_on(string received, string mode, int exitCode) =>
        Assert.Equal(exitCode, StopDecision.Decide(null, Received(received), null, SlurmSite.Default, Now, Rules with { Mode = Enum.Parse<RequeueMode>(mode) }).ExitCode);
}
