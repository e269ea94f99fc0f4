using Cairn.Attempts;
using Cairn.Slurm;
using Cairn.Tests.Runs;

namespace Cairn.Tests.Slurm;

/// <summary>
/// What a run does with Slurm's answers. The answers are given by a fake scontrol, a script in a folder of the test's own that
/// is first on PATH, since a real Slurm does not hang or refuse on demand; the real one is in Cairn.Slurm.Tests.
/// </summary>
public class RequeueTests
{
    private const string ShowRunning = """show) echo "   JobState=RUNNING Reason=None Dependency=(null)"; echo "   Requeue=1 Restarts=0 BatchFlag=1" ;;""";

    private static (int ExitCode, string Messages, string Calls, AttemptStory Story) Stop(string? cases, params string[] environment)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["bin"]);
        if (cases is not null)
        {
            File.WriteAllText(folder["bin/scontrol"], $"#!/bin/bash\necho \"$@\" >> {folder["calls"]}\ncase $1 in\n{cases}\nesac\n");
            File.SetUnixFileMode(folder["bin/scontrol"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        var path = cases is null ? folder["bin"] : folder["bin"] + ":/usr/bin:/bin";
        using var trainer = Trainer.StartUnder(["/usr/bin/env", "PATH=" + path, "SLURM_JOB_ID=17", .. environment], folder["checkpoints"], 1_000_000, "--delay", "20");
        trainer.WaitFor("step 5");
        trainer.Signal("USR2");
        var (exitCode, _) = trainer.WaitForEnd();
        return (exitCode, trainer.Messages, File.Exists(folder["calls"]) ? File.ReadAllText(folder["calls"]) : string.Empty, AttemptStory.ReadAll(folder["checkpoints"]).Single());
    }

    [Fact]
    public void The_job_is_requeued_once_and_last()
    {
        var (exitCode, messages, calls, story) = Stop(ShowRunning + "\nrequeue) exit 0 ;;");
        Assert.Equal(0, exitCode);
        Assert.EndsWith("requeue 17\n", calls, StringComparison.Ordinal);
        Assert.Contains("requeueing job 17", messages, StringComparison.Ordinal);
        Assert.Equal("Done", story.Events.OfType<RequeueAnswered>().Single().Result);
        Assert.Equal(["Saved", "Stopped", "RequeueAnswered", "AttemptEnded"], story.Events.TakeLast(4).Select(entry => entry.GetType().Name));
    }

    [Fact]
    public void An_array_element_requeues_itself_alone()
    {
        var (exitCode, _, calls, _) = Stop(ShowRunning + "\nrequeue) exit 0 ;;", "SLURM_ARRAY_JOB_ID=17", "SLURM_ARRAY_TASK_ID=2");
        Assert.Equal(0, exitCode);
        Assert.All(calls.Split('\n', StringSplitOptions.RemoveEmptyEntries), call => Assert.True(call.EndsWith("17_2", StringComparison.Ordinal) || call == "show config", call));
    }

    [Fact]
    public void Pending_already_is_success()
    {
        var (exitCode, _, _, story) = Stop(ShowRunning + "\nrequeue) echo 'Job is pending execution for job 17' >&2; exit 1 ;;");
        Assert.Equal(0, exitCode);
        Assert.Equal("AlreadyPending", story.Events.OfType<RequeueAnswered>().Single().Result);
    }

    [Fact]
    public void A_job_that_forbids_it_is_switched_on()
    {
        var (exitCode, _, calls, _) = Stop(ShowRunning + """

            requeue) [ -e "$0.on" ] && exit 0; echo 'Requested operation is presently disabled for job 17' >&2; exit 1 ;;
            update) touch "$0.on" ;;
            """);
        Assert.Equal(0, exitCode);
        Assert.EndsWith("requeue 17\nupdate jobid=17 Requeue=1\nrequeue 17\n", calls, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_says_what_to_do_by_hand()
    {
        var (exitCode, messages, _, story) = Stop(ShowRunning + "\nrequeue) echo 'Access/permission denied' >&2; exit 1 ;;");
        Assert.Equal(ExitCodes.RequeueFailed, exitCode);
        Assert.Contains("Access/permission denied. To do it by hand: scontrol requeue 17", messages, StringComparison.Ordinal);
        Assert.Equal("Refused", story.Events.OfType<RequeueAnswered>().Single().Result);
    }

    [Fact]
    public void A_missing_scontrol_says_what_to_do_by_hand()
    {
        var (exitCode, messages, _, story) = Stop(null);
        Assert.Equal(ExitCodes.RequeueFailed, exitCode);
        Assert.Contains("scontrol cannot be started", messages, StringComparison.Ordinal);
        Assert.Contains("scontrol requeue 17", messages, StringComparison.Ordinal);
        Assert.Equal("NoScontrol", story.Events.OfType<RequeueAnswered>().Single().Result);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("own-loop")]
    public void The_deadline_stops_it_where_no_signal_comes(string mode)
    {
        using var folder = new TemporaryFolder();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        using var trainer = Trainer.StartUnder(
            ["/usr/bin/env", "PATH=" + folder.Path, "SLURM_JOB_ID=17", $"SLURM_JOB_START_TIME={now}", $"SLURM_JOB_END_TIME={now + 8}"],
            folder["checkpoints"], 1_000_000, "--delay", "20", "--mode", mode);
        Assert.Equal(ExitCodes.RequeueFailed, trainer.WaitForEnd().ExitCode); // there is no scontrol on this PATH
        var story = AttemptStory.ReadAll(folder["checkpoints"]).Single();
        Assert.Equal("Deadline", story.Events.OfType<Interrupted>().Single().Kind);
        var stopped = story.Events.OfType<Stopped>().Single();
        Assert.Equal(("Deadline", stopped.Step), (stopped.Cause, stopped.SavedStep));
        Assert.True(stopped.Time < DateTimeOffset.FromUnixTimeSeconds(now + 8));
    }

    [Fact]
    public void A_cancelled_job_stays_cancelled()
    {
        var (exitCode, _, calls, story) = Stop("""show) echo "   JobState=COMPLETING Reason=None Dependency=(null)" ;;""");
        Assert.Equal(ExitCodes.Terminated, exitCode);
        Assert.DoesNotContain("requeue", calls, StringComparison.Ordinal);
        Assert.Equal("Cancelled", story.Events.OfType<Stopped>().Single().Cause);
    }

    [Fact]
    public void Under_a_wrapper_the_exit_code_asks_for_it()
    {
        var (exitCode, _, calls, _) = Stop(ShowRunning, "CAIRN_REQUEUE=wrapper");
        Assert.Equal(ExitCodes.RequeueMe, exitCode);
        Assert.DoesNotContain("requeue", calls, StringComparison.Ordinal);
    }

    [Fact]
    public void A_scontrol_that_hangs_or_talks_nonsense_does_not_hold_it_up()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["scontrol"], "#!/bin/bash\ncase $1 in requeue) exec sleep 600 ;; *) head -c 3000000 /dev/urandom ;; esac\n");
        File.SetUnixFileMode(folder["scontrol"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var slurm = new SlurmCommands(TimeSpan.FromSeconds(2), folder["scontrol"]);
        Assert.Null(slurm.ShowJob("17"));
        Assert.Equal(TimeSpan.FromSeconds(30), slurm.KillWait);
        var answer = slurm.Requeue("17", switchOn: true);
        Assert.Equal(RequeueOutcome.NoAnswer, answer.Outcome);
        Assert.Contains("did not answer within 2 s", answer.Error, StringComparison.Ordinal);
    }
}
