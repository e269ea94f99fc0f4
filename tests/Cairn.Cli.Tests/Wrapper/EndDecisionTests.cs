using Cairn.Attempts;
using Cairn.Cli.Contract;
using Cairn.Cli.Processes;
using Cairn.Cli.Wrapper.Decisions;
using Cairn.Slurm;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>docs/run.md has this table in words.</summary>
public class EndDecisionTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20000);
    private static readonly SlurmJob Job = new("7", "7", null, Restarts: 1, 0, 1, null, "main", null, null);

    // Program: an exit code, -N for signal N, or null for one that still runs. Slurm: see Status.
    [Theory]
    [InlineData(0, "", "running", "Finished", "Leave", 0)]
    [InlineData(0, "", "none", "Finished", "Leave", 0)]
    [InlineData(0, "warning", "running", "Stopped", "Requeue", 0)]
    [InlineData(0, "deadline", "running", "Stopped", "Requeue", 0)]
    [InlineData(0, "deadline unheard", "running", "Finished", "Leave", 0)]
    [InlineData(1, "deadline unheard", "running", "Crashed", "Requeue", 0)]
    [InlineData(0, "term unheard", "limit", "Stopped", "Requeue", 0)]
    [InlineData(0, "warning done", "running", "Finished", "Leave", 0)]
    [InlineData(0, "task", "running", "Stopped", "Requeue", 0)]
    [InlineData(0, "", "preempted", "Preempted", "Requeue", 0)]
    [InlineData(0, "", "limit", "Stopped", "Requeue", 0)]
    [InlineData(0, "warning", "none", "Stopped", "Leave", 69)]
    [InlineData(0, "warning wrapper", "none", "Stopped", "Leave", 75)]
    [InlineData(0, "warning never", "running", "Stopped", "Leave", 143)]
    [InlineData(0, "warning chain", "running", "Stopped", "Leave", 0)]
    [InlineData(0, "chain", "running", "Finished", "Leave", 0)]
    [InlineData(0, "warning refused", "running", "Stopped", "Leave", 78)]
    [InlineData(75, "", "running", "AskedForRequeue", "Requeue", 0)]
    [InlineData(75, "warning", "running", "AskedForRequeue", "Requeue", 0)]
    [InlineData(75, "", "none", "AskedForRequeue", "Leave", 69)]
    [InlineData(75, "wrapper", "none", "AskedForRequeue", "Leave", 75)]
    [InlineData(75, "warning", "cancelled", "Cancelled", "Leave", 143)]
    [InlineData(75, "", "interactive", "AskedForRequeue", "Leave", 69)]
    [InlineData(78, "", "running", "Refused", "Leave", 78)]
    [InlineData(78, "warning", "limit", "Refused", "Leave", 78)]
    [InlineData(69, "warning", "running", "Stopped", "Requeue", 0)]
    [InlineData(69, "", "running", "Crashed", "Requeue", 0)]
    [InlineData(143, "", "running", "Refused", "Leave", 143)]
    [InlineData(130, "warning", "running", "Refused", "Leave", 130)]
    [InlineData(143, "warning", "running", "Stopped", "Requeue", 0)]
    [InlineData(0, "term", "cancelled", "Cancelled", "Leave", 143)]
    [InlineData(-15, "term", "cancelled", "Cancelled", "Leave", 143)]
    [InlineData(-15, "term", "limit", "Stopped", "Requeue", 0)]
    [InlineData(-9, "", "limit", "Killed", "Requeue", 0)]
    [InlineData(137, "", "limit", "Killed", "Requeue", 0)]
    [InlineData(1, "term", "preempted", "Preempted", "Requeue", 0)]
    [InlineData(-12, "warning", "running", "Stopped", "Requeue", 0)]
    [InlineData(null, "term", "limit", "Killed", "Requeue", 0)]
    [InlineData(null, "warning", "running", "Killed", "Requeue", 0)]
    [InlineData(null, "term", "cancelled", "Cancelled", "Leave", 143)]
    [InlineData(null, "warning", "none", "Killed", "Leave", 69)]
    [InlineData(0, "term", "preempted for good", "Preempted", "Leave", 143)]
    [InlineData(0, "term anyway", "preempted for good", "Preempted", "Requeue", 0)]
    [InlineData(1, "", "requeued", "Requeued", "Leave", 0)]
    [InlineData(-15, "term", "pending", "Requeued", "Leave", 0)]
    [InlineData(1, "", "running", "Crashed", "Requeue", 0)]
    [InlineData(1, "refused", "running", "Crashed", "Leave", 1)]
    [InlineData(1, "warning refused", "running", "Crashed", "Leave", 1)]
    [InlineData(-11, "refused", "running", "Crashed", "Leave", 139)]
    [InlineData(1, "chain", "running", "Crashed", "Leave", 1)]
    [InlineData(-9, "hung", "running", "Hung", "Requeue", 0)]
    [InlineData(0, "hung", "running", "Hung", "Requeue", 0)]
    [InlineData(-9, "hung refused", "running", "Hung", "Leave", 78)]
    [InlineData(0, "stop", "running", "StopFile", "Leave", 143)]
    [InlineData(3, "stop", "running", "StopFile", "Leave", 3)]
    [InlineData(-2, "int", "running", "Interrupted", "Leave", 130)]
    [InlineData(0, "int", "running", "Interrupted", "Leave", 0)]
    // What the program says by a file; a launcher makes 1 of every code, or 0.
    [InlineData(1, "warning says:stopped refused-crash", "running", "Stopped", "Requeue", 0)]
    [InlineData(0, "says:stopped", "running", "AskedForRequeue", "Requeue", 0)]
    [InlineData(1, "says:stopped", "running", "AskedForRequeue", "Requeue", 0)]
    [InlineData(1, "deadline unheard says:stopped", "running", "Stopped", "Requeue", 0)]
    [InlineData(1, "warning says:stopped", "cancelled", "Cancelled", "Leave", 1)]
    [InlineData(1, "warning says:stopped", "preempted", "Preempted", "Requeue", 0)]
    [InlineData(0, "warning says:done", "running", "Finished", "Leave", 0)]
    [InlineData(1, "says:never", "running", "Refused", "Leave", 78)]
    [InlineData(0, "says:never", "running", "Refused", "Leave", 78)]
    [InlineData(1, "says:stopped", null, "AskedForRequeue", "Leave", 1)]
    [InlineData(0, "warning says:stopped refused", "running", "Stopped", "Leave", 78)]
    [InlineData(-9, "hung says:stopped", "running", "Hung", "Requeue", 0)]
    // New state since it was asked to stop.
    [InlineData(1, "warning saved", "running", "Stopped", "Requeue", 0)]
    [InlineData(-11, "warning saved", "running", "Stopped", "Requeue", 0)]
    [InlineData(-9, "deadline unheard saved", "running", "Stopped", "Requeue", 0)]
    [InlineData(0, "deadline unheard saved", "running", "Finished", "Leave", 0)]
    [InlineData(130, "warning saved", "running", "Refused", "Leave", 130)]
    [InlineData(1, "saved", "running", "Crashed", "Requeue", 0)]
    [InlineData(1, "warning saved refused", "running", "Stopped", "Leave", 78)]
    // Without Slurm.
    [InlineData(0, "warning", null, "Stopped", "Leave", 0)]
    [InlineData(75, "", null, "AskedForRequeue", "Leave", 75)]
    [InlineData(0, "warning wrapper", null, "Stopped", "Leave", 75)]
    [InlineData(5, "", null, "Crashed", "Leave", 5)]
    [InlineData(5, "wrapper refused", null, "Crashed", "Leave", 5)]
    [InlineData(0, "term", null, "Stopped", "Leave", 0)]
    public void What_follows(int? program, string circumstances, string? slurm, string kind, string action, int exitCode)
    {
        var words = circumstances.Split(' ');
        var decision = EndDecision.Of(new()
        {
            Program = program is { } code ? code < 0 ? ProcessEnd.Killed(-code) : ProcessEnd.Exited(code) : null,
            Done = words.Contains("done"),
            Hung = words.Contains("hung"),
            Word = words.FirstOrDefault(word => word.StartsWith("says:", StringComparison.Ordinal)) is { } says ? new(Enum.Parse<ProgramWish>(says[5..], ignoreCase: true), 40, 1, null) : null,
            SavedSinceAsked = words.Contains("saved"),
            TaskWasWarned = words.Contains("task"),
            WasWarned = !words.Contains("unheard") && words.Any(word => Received(word) is not null),
            WarnedWith = 12,
            Received = [.. words.Select(Received).OfType<Interruption>()],
            Job = slurm is null ? null : Job,
            Status = Status(slurm),
            Site = SlurmSite.Default,
            Now = Now,
            Rules = new()
            {
                WrapperRequeues = words.Contains("wrapper"),
                NeverRequeues = words.Contains("never"),
                InChain = words.Contains("chain"),
                EvenIfPreemptionCancels = words.Contains("anyway"),
                WhyNotAgain = _ => words.Contains("refused") ? "it gets nowhere" : null,
            },
        });
        Assert.Equal((kind, action, exitCode), (decision.Kind.ToString(), decision.Action.ToString(), decision.ExitCode));
    }

    [Theory]
    [InlineData("Finished", 0, "The work is done")]
    [InlineData("Refused", 0, "The program asks not to be started again")]
    [InlineData("Cancelled", 0, "The job is cancelled")]
    [InlineData("StopFile", 0, "The stop file is there")]
    [InlineData("Crashed", 0, "The program failed")]
    [InlineData("Crashed", 1, null)]
    [InlineData("Stopped", 0, null)]
    [InlineData("AskedForRequeue", 0, null)]
    [InlineData("Killed", 0, null)]
    [InlineData("Preempted", 0, null)]
    [InlineData("Hung", 0, null)]
    [InlineData("Requeued", 0, null)]
    public void A_chain_ends_where_a_job_would_not_be_requeued(string kind, int crashes, string? why) =>
        Assert.Equal(why, new EndDecision(Enum.Parse<EndKind>(kind), EndAction.Leave, 0, "").WhyChainEnds(crashes));

    [Fact]
    public void An_answer_from_before_the_newest_signal_says_nothing_of_it()
    {
        var term = new Interruption(InterruptionKind.Terminate, Now, "TERM", "TERM") { Heard = 100 };
        var before = new JobStatus(Now, "RUNNING") { AskedOn = 99 };
        var end = new AttemptEnd { Program = ProcessEnd.Exited(0), Received = [term], WasWarned = true, Job = Job with { Restarts = 0 }, Status = before };
        Assert.Equal(ExitCodes.RequeueFailed, EndDecision.Of(end).ExitCode);
        Assert.Equal(EndAction.Requeue, EndDecision.Of(end with { Status = before with { AskedOn = 100 } }).Action);
    }

    [Fact]
    public void What_is_to_be_done_by_hand_names_the_element_of_an_array()
    {
        var end = new AttemptEnd { Program = ProcessEnd.Exited(75), Job = Job with { Id = "35_3", RequeueId = "35_3" } };
        Assert.EndsWith("to do it by hand: scontrol requeue 35_3", EndDecision.Of(end).Reason, StringComparison.Ordinal);
    }

    private static Interruption? Received(string word) => word switch
    {
        "warning" => new(InterruptionKind.Warning, Now, "USR2", "USR2"),
        "deadline" => new(InterruptionKind.Deadline, Now, "the job's end is near", null),
        "term" => new(InterruptionKind.Terminate, Now, "TERM", "TERM"),
        "int" => new(InterruptionKind.Interrupt, Now, "INT", "INT"),
        "stop" => new(InterruptionKind.StopFile, Now, "the stop file", null),
        _ => null,
    };

    private static JobStatus? Status(string? slurm) => slurm switch
    {
        "running" => new(Now, "RUNNING", Restarts: 1),
        "interactive" => new(Now, "RUNNING", Restarts: 1, Batch: false),
        "limit" => new(Now, "COMPLETING", "TimeLimit", Restarts: 1),
        "cancelled" => new(Now, "COMPLETING", Restarts: 1),
        "preempted" => new(Now, "RUNNING", Restarts: 1, PreemptTime: Now),
        "preempted for good" => new(Now, "COMPLETING", Restarts: 1, PreemptTime: Now),
        "requeued" => new(Now, "RUNNING", Restarts: 2),
        "pending" => new(Now, "PENDING", Restarts: 1),
        _ => null,
    };
}
