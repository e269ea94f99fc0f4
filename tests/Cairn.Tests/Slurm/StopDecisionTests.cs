using Cairn.Interruptions;
using Cairn.Slurm;

namespace Cairn.Tests.Slurm;

/// <summary>A row a case. On the left what came and what Slurm says, on the right what to do.</summary>
public class StopDecisionTests
{
    private static readonly SlurmJob Job = new("17_3", "17_3", "3", 1, 0, 1, "main", null, null);

    private static JobStatus? Status(string? text)
    {
        if (text is null)
            return null;
        var words = text.Split(' ');
        return new JobStatus(words[0], words.Length > 1 ? words[1] : "None", words.Contains("restarted") ? 2 : 1, true, null, null, words.Contains("preempt") ? DateTimeOffset.UnixEpoch : null);
    }

    private static Interruption Came(string kind) => new(Enum.Parse<InterruptionKind>(kind), DateTimeOffset.UnixEpoch, kind, null);

    [Theory]
    // first, latest, Slurm at the signal, Slurm after the save → cause, action, exit code
    [InlineData("Warning", "Warning", "RUNNING", "RUNNING", "Warning", "Requeue", 0)]
    [InlineData("Warning", "Warning", null, null, "Warning", "Requeue", 0)] // no answer: the requeue itself will tell
    [InlineData("Deadline", "Deadline", "RUNNING", "RUNNING", "Deadline", "Requeue", 0)]
    [InlineData("Deadline", "Deadline", "RUNNING", "CANCELLED", "Cancelled", "Leave", 143)]
    [InlineData("Warning", "Warning", "RUNNING", "PENDING", "Requeued", "Leave", 0)]
    [InlineData("Warning", "Warning", "RUNNING", "RUNNING None restarted", "Requeued", "Leave", 0)]
    [InlineData("Terminate", "Terminate", "COMPLETING TimeLimit", "COMPLETING TimeLimit", "TimeLimit", "Requeue", 0)]
    [InlineData("Terminate", "Terminate", "TIMEOUT TimeLimit", null, "TimeLimit", "Requeue", 0)]
    [InlineData("Terminate", "Terminate", "RUNNING None preempt", "RUNNING None preempt", "Preempted", "Requeue", 0)]
    [InlineData("Terminate", "Terminate", "COMPLETING None preempt", "COMPLETING None preempt", "Cancelled", "Leave", 143)]
    [InlineData("Terminate", "Terminate", "COMPLETING None", "COMPLETING None", "Cancelled", "Leave", 143)]
    [InlineData("Warning", "Terminate", "RUNNING", "COMPLETING None", "Cancelled", "Leave", 143)] // scancel in the middle of the save
    [InlineData("Terminate", "Terminate", "RUNNING", "RUNNING", "Terminated", "Leave", 143)]
    [InlineData("Terminate", "Terminate", null, null, "Terminated", "Leave", 143)]
    [InlineData("Warning", "Terminate", "RUNNING", "COMPLETING TimeLimit", "TimeLimit", "Requeue", 0)]
    [InlineData("Interrupt", "Interrupt", "RUNNING", "RUNNING", "Interrupted", "Leave", 130)]
    [InlineData("Warning", "Interrupt", "RUNNING", "RUNNING", "Interrupted", "Leave", 130)]
    [InlineData("StopFile", "StopFile", "RUNNING", "RUNNING", "StopFile", "Leave", 143)]
    public void What_to_do_under_Slurm(string first, string latest, string? atSignal, string? afterSave, string cause, string action, int exitCode)
    {
        var decision = StopDecision.Decide(Job, Came(first), Came(latest), Status(atSignal), Status(afterSave), RequeueMode.Self);
        Assert.Equal((cause, action, exitCode), (decision.Cause.ToString(), decision.Action.ToString(), decision.ExitCode));
        Assert.NotEmpty(decision.Reason);
    }

    [Theory]
    [InlineData("Warning", "Wrapper", "ExitForWrapper", 75)]
    [InlineData("Deadline", "Wrapper", "ExitForWrapper", 75)]
    [InlineData("Interrupt", "Wrapper", "Leave", 130)]
    [InlineData("Warning", "Never", "Leave", 143)]
    public void A_wrapper_and_the_options_have_a_say(string kind, string mode, string action, int exitCode)
    {
        var decision = StopDecision.Decide(Job, Came(kind), Came(kind), Status("RUNNING"), Status("RUNNING"), Enum.Parse<RequeueMode>(mode));
        Assert.Equal((action, exitCode), (decision.Action.ToString(), decision.ExitCode));
    }

    [Theory]
    [InlineData("Warning", "Self", 143)]
    [InlineData("Terminate", "Self", 143)]
    [InlineData("StopFile", "Self", 143)]
    [InlineData("Interrupt", "Self", 130)]
    [InlineData("Warning", "Wrapper", 75)]
    [InlineData("StopFile", "Wrapper", 143)]
    public void Without_Slurm_the_state_is_saved_and_the_next_start_goes_on(string kind, string mode, int exitCode) =>
        Assert.Equal(exitCode, StopDecision.Decide(null, Came(kind), Came(kind), null, null, Enum.Parse<RequeueMode>(mode)).ExitCode);
}
