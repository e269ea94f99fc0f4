using System.Text.RegularExpressions;
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
        if (cases is not null)
            FakeScontrol(folder, cases);
        else
            Directory.CreateDirectory(folder["bin"]);

        var path = cases is null ? folder["bin"] : folder["bin"] + ":/usr/bin:/bin";
        using var trainer = Trainer.StartUnder(["/usr/bin/env", "PATH=" + path, "SLURM_JOB_ID=17", .. environment], folder["checkpoints"], 1_000_000, "--delay", "20");
        trainer.WaitFor("step 5");
        trainer.Signal("USR2");
        var (exitCode, _) = trainer.WaitForEnd();
        return (exitCode, trainer.Messages, File.Exists(folder["calls"]) ? File.ReadAllText(folder["calls"]) : string.Empty, AttemptStory.ReadAll(folder["checkpoints"]).Single());
    }

    /// <summary>Puts a fake scontrol into the folder's bin: the cases of a bash case over its first argument; calls go to the file "calls".</summary>
    private static string FakeScontrol(TemporaryFolder folder, string cases)
    {
        Directory.CreateDirectory(folder["bin"]);
        ExecutableFile.Write(folder["bin/scontrol"], $"#!/bin/bash\necho \"$@\" >> {folder["calls"]}\ncase $1 in\n{cases}\nesac\n");
        return folder["bin/scontrol"];
    }

    /// <summary>Calls end so. At each notice a thread of its own asks about the job as well: that question may be written among these, and when all is done.</summary>
    private static void AssertEnd(string calls, params string[] expected) =>
        Assert.Matches("\n" + string.Concat(expected.Select(call => Regex.Escape(call + "\n") + "(show job 17\n)*")) + "$", calls);

    [Fact]
    public void The_job_is_requeued_once_and_last()
    {
        var (exitCode, messages, calls, story) = Stop(ShowRunning + "\nrequeue) exit 0 ;;");
        Assert.Equal(0, exitCode);
        AssertEnd(calls, "requeue 17");
        Assert.Contains("requeueing job 17", messages, StringComparison.Ordinal);
        Assert.Equal("Done", story.Events.OfType<RequeueAnswered>().Single().Result);
        Assert.Equal(["Saved", "Stopped", "RequeueAnswered", "AttemptEnded"], story.Events.Where(entry => entry is not Pruned).TakeLast(4).Select(entry => entry.GetType().Name));
    }

    [Fact]
    public void An_array_element_requeues_itself_alone()
    {
        var (exitCode, _, calls, _) = Stop(ShowRunning + "\nrequeue) exit 0 ;;", "SLURM_ARRAY_JOB_ID=17", "SLURM_ARRAY_TASK_ID=2");
        Assert.Equal(0, exitCode);
        Assert.All(calls.Split('\n', StringSplitOptions.RemoveEmptyEntries), call => Assert.True(call.EndsWith("17_2", StringComparison.Ordinal) || call.StartsWith("show config", StringComparison.Ordinal) || call.StartsWith("show partition", StringComparison.Ordinal), call));
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
        AssertEnd(calls, "requeue 17", "update jobid=17 Requeue=1", "requeue 17");
    }

    [Fact]
    public void A_job_that_forbids_it_is_made_requeuable_at_the_start_where_the_options_allow()
    {
        var show = ShowRunning.Replace("Requeue=1", "Requeue=$([ -e \"$0.on\" ] && echo 1 || echo 0)", StringComparison.Ordinal);
        var (exitCode, messages, calls, _) = Stop(show + """

            requeue) [ -e "$0.on" ] && exit 0; echo 'Requested operation is presently disabled for job 17' >&2; exit 1 ;;
            update) touch "$0.on" ;;
            """);
        Assert.Equal(0, exitCode);
        Assert.StartsWith("show job 17\nupdate jobid=17 Requeue=1\n", calls, StringComparison.Ordinal);
        AssertEnd(calls, "requeue 17");
        Assert.Contains("made requeuable", messages, StringComparison.Ordinal);
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
    public void A_job_that_may_not_be_requeued_is_to_be_submitted_again()
    {
        var (exitCode, messages, _, _) = Stop(ShowRunning + "\nupdate) echo 'Job has already finished for job 17' >&2; exit 1 ;;\nrequeue) echo 'Requested operation is presently disabled for job 17' >&2; exit 1 ;;");
        Assert.Equal(ExitCodes.RequeueFailed, exitCode);
        Assert.Contains("To do it by hand: submit the same script again", messages, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_scontrol_says_what_to_do_by_hand()
    {
        var (exitCode, messages, _, story) = Stop(null);
        Assert.Equal(ExitCodes.RequeueFailed, exitCode);
        Assert.Contains("scontrol cannot be started", messages, StringComparison.Ordinal);
        Assert.Contains("its end is unknown", messages, StringComparison.Ordinal);
        Assert.Contains("to do it by hand: scontrol requeue 17", messages, StringComparison.Ordinal);
        Assert.Equal(("Unknown", "Leave"), (story.Events.OfType<Stopped>().Single().Cause, story.Events.OfType<Stopped>().Single().Action));
    }

    [Theory]
    [InlineData("hang", "no step boundary came for")]
    [InlineData("wait-before-first-step", "the first step has not begun")]
    public void A_job_whose_end_comes_before_a_boundary_is_requeued_by_force(string mode, string expected)
    {
        using var folder = new TemporaryFolder();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        FakeScontrol(folder, ShowRunning.Replace("Restarts=0", $"Restarts=0 StartTime={now} EndTime={now + 16}", StringComparison.Ordinal) + "\nrequeue) exit 0 ;;");
        using var trainer = Trainer.StartUnder(
            ["/usr/bin/env", $"PATH={folder["bin"]}:/usr/bin:/bin", "SLURM_JOB_ID=17", $"SLURM_JOB_START_TIME={now}", $"SLURM_JOB_END_TIME={now + 16}"],
            folder["checkpoints"], 1_000_000, "--mode", mode, "--at", "25");
        Assert.Equal(0, trainer.WaitForEnd().ExitCode);
        Assert.Contains(expected, trainer.Messages, StringComparison.Ordinal);
        AssertEnd(File.ReadAllText(folder["calls"]), "requeue 17");
        var events = AttemptStory.ReadAll(folder["checkpoints"]).Single().Events;
        Assert.Equal(["ForcedStop", "Stopped", "RequeueAnswered", "AttemptEnded"], events.TakeLast(4).Select(entry => entry.GetType().Name));
        Assert.Equal(mode == "hang" ? (25, 20) : (0, 0), (events.OfType<Stopped>().Single().Step, events.OfType<Stopped>().Single().SavedStep));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("own-loop")]
    public void The_deadline_stops_it_where_no_signal_comes(string mode)
    {
        using var folder = new TemporaryFolder();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        using var trainer = Trainer.StartUnder(
            ["/usr/bin/env", "PATH=" + folder.Path, "SLURM_JOB_ID=17", $"SLURM_JOB_START_TIME={now}", $"SLURM_JOB_END_TIME={now + 24}"],
            folder["checkpoints"], 1_000_000, "--delay", "20", "--mode", mode);
        Assert.Equal(ExitCodes.RequeueFailed, trainer.WaitForEnd().ExitCode); // there is no scontrol on this PATH
        var story = AttemptStory.ReadAll(folder["checkpoints"]).Single();
        Assert.Equal("Deadline", story.Events.OfType<Interrupted>().Single().Kind);
        var stopped = story.Events.OfType<Stopped>().Single();
        Assert.Equal(("Unknown", stopped.Step), (stopped.Cause, stopped.SavedStep)); // nobody knows whether it was cancelled meanwhile
        Assert.True(stopped.Time < DateTimeOffset.FromUnixTimeSeconds(now + 24));
    }

    [Fact]
    public void A_controller_that_is_away_is_asked_again()
    {
        var (exitCode, _, calls, _) = Stop("""
            show) if [ "$2" = job ] && [ -e "$0.1" ] && [ ! -e "$0.2" ]; then touch "$0.2"; echo 'Unable to contact slurm controller (connect failure)' >&2; exit 1; fi
                  touch "$0.1"; echo "   JobState=RUNNING Reason=None Dependency=(null)" ;;
            requeue) [ -e "$0.3" ] && exit 0; touch "$0.3"; echo 'Unable to contact slurm controller (connect failure)' >&2; exit 1 ;;
            """);
        Assert.Equal(0, exitCode);
        AssertEnd(calls, "requeue 17", "show job 17", "requeue 17");
    }

    [Theory]
    [InlineData("echo 'Job can not be altered now, try again later' >&2; exit 1")]
    [InlineData("echo 'slurm_load_jobs error: an error that nobody has listed' >&2; exit 1")]
    [InlineData("echo nonsense")]
    public void What_is_no_answer_for_good_is_asked_again(string nonsense)
    {
        var (exitCode, _, calls, _) = Stop($"show) if [ \"$2\" = job ] && [ ! -e \"$0.again\" ]; then [ -e \"$0.first\" ] && touch \"$0.again\"; touch \"$0.first\"; {nonsense}; else echo \"   JobState=RUNNING Reason=None Dependency=(null)\"; fi ;;"
            + $"\nrequeue) [ -e \"$0.requeued\" ] && exit 0; touch \"$0.requeued\"; echo 'Job can not be altered now, try again later' >&2; exit 1 ;;");
        Assert.Equal(0, exitCode);
        AssertEnd(calls, "show job 17", "requeue 17", "show job 17", "requeue 17");
    }

    [Theory]
    [InlineData("Invalid job id specified")]
    [InlineData("Access/permission denied")]
    [InlineData("Only batch jobs are accepted or processed")]
    [InlineData("Job not heterogeneous job leader")]
    [InlineData("Job has already finished")]
    public void What_is_refused_for_good_is_not_tried_again(string words)
    {
        var (exitCode, _, calls, story) = Stop(ShowRunning + $"\nrequeue) echo '{words}' >&2; exit 1 ;;");
        Assert.Equal((ExitCodes.RequeueFailed, "Refused"), (exitCode, story.Events.OfType<RequeueAnswered>().Single().Result));
        Assert.Single(calls.Split('\n'), call => call == "requeue 17");
    }

    [Fact]
    public void A_job_that_forbids_it_is_made_requeuable_as_soon_as_the_controller_answers()
    {
        var show = ShowRunning.Replace("Requeue=1", "Requeue=$([ -e \"$0.on\" ] && echo 1 || echo 0)", StringComparison.Ordinal);
        using var folder = new TemporaryFolder();
        FakeScontrol(folder, show + """

            update) if [ -e "$0.tried" ]; then touch "$0.on"; else touch "$0.tried"; echo 'Unable to contact slurm controller (connect failure)' >&2; exit 1; fi ;;
            """);
        using var trainer = Trainer.StartUnder(["/usr/bin/env", "PATH=" + folder["bin"] + ":/usr/bin:/bin", "SLURM_JOB_ID=17"], folder["checkpoints"], 1_000_000, "--delay", "20");
        trainer.WaitForMessage("made requeuable");
        Assert.True(File.Exists(folder["bin/scontrol.on"]));
    }

    [Theory]
    [InlineData("USR2")]
    [InlineData("TERM")] // the second of its kind: the first may have been a mere warning
    public void A_job_that_is_cancelled_while_Slurm_is_asked_stays_cancelled(string signal)
    {
        // What scontrol answers is of before the TERM, which it sends itself to the process that asks.
        using var folder = new TemporaryFolder();
        FakeScontrol(folder, """
            show) [ $2 = job ] || exit 0
                  [ -e "$0.gone" ] && state=COMPLETING || state=RUNNING
                  if [ -e "$0.stops" ] && [ ! -e "$0.gone" ]; then touch "$0.gone"; kill -TERM $PPID; sleep 0.5; fi
                  echo "   JobState=$state Reason=None Dependency=(null)" ;;
            """);
        using var trainer = Trainer.StartUnder(["/usr/bin/env", "PATH=" + folder["bin"] + ":/usr/bin:/bin", "SLURM_JOB_ID=17"], folder["checkpoints"], 1_000_000, "--delay", "20");
        trainer.WaitFor("step 5");
        File.WriteAllText(folder["bin/scontrol.stops"], string.Empty);
        trainer.Signal(signal);
        Assert.Equal(ExitCodes.Terminated, trainer.WaitForEnd().ExitCode);
        Assert.Equal("Cancelled", AttemptStory.ReadAll(folder["checkpoints"]).Single().Events.OfType<Stopped>().Single().Cause);
        Assert.DoesNotContain("requeue", File.ReadAllText(folder["calls"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_job_that_is_cancelled_between_the_decision_and_the_requeue_stays_cancelled()
    {
        using var folder = new TemporaryFolder();
        FakeScontrol(folder, $"""
            show) echo "   JobState=$([ -e {folder["cancelled"]} ] && echo COMPLETING || echo RUNNING) Reason=None Dependency=(null)" ;;
            requeue) exit 0 ;;
            """);
        using var trainer = Trainer.StartUnder(
            ["/usr/bin/env", "PATH=" + folder["bin"] + ":/usr/bin:/bin", "SLURM_JOB_ID=17"], folder["checkpoints"], 1_000_000, "--delay", "20", "--log", "cancelled");
        trainer.WaitFor("step 5");
        trainer.Signal("USR2");
        Assert.Equal(ExitCodes.Terminated, trainer.WaitForEnd().ExitCode);
        Assert.Equal(["Requeue", "Leave"], AttemptStory.ReadAll(folder["checkpoints"]).Single().Events.OfType<Stopped>().Select(stopped => stopped.Action));
        Assert.DoesNotContain("requeue", File.ReadAllText(folder["calls"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_logger_that_throws_costs_neither_the_training_nor_the_requeue()
    {
        using var folder = new TemporaryFolder();
        FakeScontrol(folder, ShowRunning.Replace("Requeue=1", "Requeue=0", StringComparison.Ordinal) + "\nupdate) exit 0 ;;\nrequeue) exit 0 ;;");
        using var trainer = Trainer.StartUnder(
            ["/usr/bin/env", "PATH=" + folder["bin"] + ":/usr/bin:/bin", "SLURM_JOB_ID=17"], folder["checkpoints"], 1_000_000, "--delay", "20", "--log", "throws");
        trainer.WaitFor("step 5");
        trainer.Signal("USR2");
        Assert.Equal(0, trainer.WaitForEnd().ExitCode);
        AssertEnd(File.ReadAllText(folder["calls"]), "requeue 17");
    }

    [Fact, Trait("Category", "slow")]
    public void A_job_that_resumes_under_a_controller_that_does_not_answer_is_not_stopped_at_its_old_end()
    {
        using var folder = new TemporaryFolder();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        FakeScontrol(folder, $"""
            show) [ -e "$0.away" ] && exec sleep 600
                  echo "   JobState=RUNNING Reason=None Dependency=(null)"; echo "   StartTime={now} EndTime={now + 40} Deadline=N/A" ;;
            """);
        using var trainer = Trainer.StartUnder(["/usr/bin/env", "PATH=" + folder["bin"] + ":/usr/bin:/bin", "SLURM_JOB_ID=17"], folder["checkpoints"], 250, "--delay", "20");
        trainer.WaitFor("step 5");
        File.WriteAllText(folder["bin/scontrol.away"], string.Empty);
        trainer.Signal("STOP");

        // When it goes on its old end is past; and what is left to do is little beside the forty seconds that it has.
        Assert.False(trainer.EndsWithin(TimeSpan.FromSeconds(42)));
        trainer.Signal("CONT");
        var (exitCode, lines) = trainer.WaitForEnd();
        Assert.True(exitCode == 0, $"{exitCode}: {trainer.Messages}");
        Assert.Contains("after 250 steps", lines[^1], StringComparison.Ordinal);
    }

    [Fact, Trait("Category", "slow")]
    public void A_step_in_which_the_job_is_suspended_counts_without_that()
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.Start(folder["checkpoints"], 300, "--delay", "20");
        trainer.WaitFor("step 5");
        trainer.Signal("STOP");
        Assert.False(trainer.EndsWithin(TimeSpan.FromSeconds(14)));
        trainer.Signal("CONT");
        Assert.Equal(0, trainer.WaitForEnd().ExitCode);
        var progress = AttemptStory.ReadAll(folder["checkpoints"]).Single().Events.OfType<Progress>().ToList();
        Assert.Equal(300, progress.Sum(entry => entry.Steps));
        Assert.All(progress, entry => Assert.True(entry.LongestSeconds < 10 && entry.LongestKnownSeconds < 10, $"{entry}"));
    }

    // Else the next stop would be made so much earlier, in this attempt and in those that come.
    [Theory, Trait("Category", "slow")]
    [InlineData(SaveMode.Asynchronous)]
    [InlineData(SaveMode.Synchronous)]
    public void A_save_in_the_midst_of_which_the_job_is_suspended_counts_without_that(SaveMode mode)
    {
        using var folder = new TemporaryFolder();
        using var trainer = Trainer.Start(folder["checkpoints"], 30, "--save-mode", mode.ToString(), "--signal-in-save", "STOP", "--at", "20");
        trainer.WaitFor("step 19");
        Assert.False(trainer.EndsWithin(TimeSpan.FromSeconds(14)));
        trainer.Signal("CONT");
        Assert.Equal(0, trainer.WaitForEnd().ExitCode);
        var saves = AttemptStory.ReadAll(folder["checkpoints"]).Single().Events.OfType<Saved>().ToList();
        Assert.Equal([10, 20, 30], saves.Select(save => save.Step));
        Assert.All(saves, save => Assert.True(save.Seconds < 10 && save.DurableSeconds < 10, $"{save}"));
    }

    [Fact]
    public void The_end_is_the_controllers_however_wrong_this_machines_clock_is()
    {
        using var folder = new TemporaryFolder();
        var hourAhead = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() + 3600;
        FakeScontrol(folder, $"""
            show) case $2 in
                config) echo "Configuration data as of $(($(date +%s) + 3600))" ;;
                job) echo "   JobState=RUNNING Reason=None Dependency=(null)"; echo "   StartTime={hourAhead} EndTime={hourAhead + 16} Deadline=N/A" ;;
                esac ;;
            requeue) exit 0 ;;
            """);
        using var trainer = Trainer.StartUnder(["/usr/bin/env", "PATH=" + folder["bin"] + ":/usr/bin:/bin", "SLURM_JOB_ID=17"], folder["checkpoints"], 1_000_000, "--delay", "20");
        Assert.Equal(0, trainer.WaitForEnd().ExitCode);
        Assert.Equal("Deadline", AttemptStory.ReadAll(folder["checkpoints"]).Single().Events.OfType<Stopped>().Single().Cause);
    }

    [Fact]
    public void A_job_that_is_cancelled_while_the_controller_is_away_stays_cancelled()
    {
        var (exitCode, _, calls, story) = Stop("""
            show) echo "   JobState=$([ -e "$0.gone" ] && echo CANCELLED || echo RUNNING) Reason=None Dependency=(null)" ;;
            requeue) touch "$0.gone"; echo 'Unable to contact slurm controller (connect failure)' >&2; exit 1 ;;
            """);
        Assert.Equal(ExitCodes.Terminated, exitCode);
        AssertEnd(calls, "requeue 17", "show job 17");
        Assert.Equal(["Requeue", "Leave"], story.Events.OfType<Stopped>().Select(stopped => stopped.Action));
    }

    [Fact]
    public void A_requeue_whose_answer_got_lost_is_not_done_twice()
    {
        var (exitCode, _, calls, story) = Stop("""
            show) echo "   JobState=RUNNING Reason=None Dependency=(null)"; echo "   Requeue=1 Restarts=$([ -e "$0.gone" ] && echo 1 || echo 0) BatchFlag=1" ;;
            requeue) touch "$0.gone"; echo 'Socket timed out on send/recv operation' >&2; exit 1 ;;
            """);
        Assert.Equal(0, exitCode);
        AssertEnd(calls, "requeue 17", "show job 17");
        Assert.Equal("Warning", story.Events.OfType<Stopped>().Single().Cause);
        Assert.Equal("AlreadyPending", story.Events.OfType<RequeueAnswered>().Single().Result);
    }

    [Fact]
    public void An_answer_from_before_the_TERM_does_not_bring_a_job_back()
    {
        // Slurm says RUNNING as long as nothing came, and nothing at all from then on.
        using var folder = new TemporaryFolder();
        var scontrol = FakeScontrol(folder, """show) [ -e "$0.gone" ] && { echo 'Invalid job id specified' >&2; exit 1; }; echo "   JobState=RUNNING Reason=None Dependency=(null)" ;;""");
        using var trainer = Trainer.StartUnder(["/usr/bin/env", "PATH=" + folder["bin"] + ":/usr/bin:/bin", "SLURM_JOB_ID=17"], folder["checkpoints"], 1_000_000, "--delay", "20");
        trainer.WaitFor("step 5");
        File.WriteAllText(scontrol + ".gone", string.Empty);
        trainer.Signal("TERM");
        Assert.Equal(ExitCodes.RequeueFailed, trainer.WaitForEnd().ExitCode);
        var stopped = AttemptStory.ReadAll(folder["checkpoints"]).Single().Events.OfType<Stopped>().Single();
        Assert.Equal(("Unknown", "Leave"), (stopped.Cause, stopped.Action));
        Assert.DoesNotContain("requeue", File.ReadAllText(folder["calls"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_job_that_gets_nowhere_is_given_up_after_three_attempts()
    {
        using var folder = new TemporaryFolder();
        FakeScontrol(folder, ShowRunning.Replace("Restarts=0", "Restarts=${SLURM_RESTART_COUNT:-0}", StringComparison.Ordinal) + "\nrequeue) exit 0 ;;");
        int Attempt(int restarts)
        {
            // Warned before its first step is done: no attempt makes a checkpoint.
            using var trainer = Trainer.StartUnder(
                ["/usr/bin/env", "PATH=" + folder["bin"] + ":/usr/bin:/bin", "SLURM_JOB_ID=17", $"SLURM_RESTART_COUNT={restarts}"],
                folder["checkpoints"], 1_000_000, "--mode", "wait-before-first-step");
            trainer.WaitFor("open");
            trainer.Signal("USR2");
            trainer.WaitForMessage("USR2 from");
            trainer.SendLine();
            return trainer.WaitForEnd().ExitCode;
        }

        Assert.Equal([0, 0, ExitCodes.NeverRequeue], [Attempt(0), Attempt(1), Attempt(2)]);
        var stopped = AttemptStory.ReadAll(folder["checkpoints"])[2].Events.OfType<Stopped>().Single();
        Assert.Equal("Leave", stopped.Action);
        Assert.Contains("attempts 1, 2 and 3 ended by limit, crash or hang without a new checkpoint", stopped.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_total_cap_holds_although_every_attempt_makes_progress()
    {
        using var folder = new TemporaryFolder();
        FakeScontrol(folder, ShowRunning.Replace("Restarts=0", "Restarts=${SLURM_RESTART_COUNT:-0}", StringComparison.Ordinal) + "\nrequeue) exit 0 ;;");
        int Attempt(int restarts)
        {
            using var trainer = Trainer.StartUnder(
                ["/usr/bin/env", "PATH=" + folder["bin"] + ":/usr/bin:/bin", "SLURM_JOB_ID=17", $"SLURM_RESTART_COUNT={restarts}"],
                folder["checkpoints"], 1_000_000, "--delay", "20", "--max-attempts", "2");
            trainer.WaitForAnyStep();
            trainer.Signal("USR2");
            return trainer.WaitForEnd().ExitCode;
        }

        Assert.Equal([0, ExitCodes.NeverRequeue], [Attempt(0), Attempt(1)]);
        Assert.Contains("this was attempt 2 and the options allow 2", AttemptStory.ReadAll(folder["checkpoints"])[1].Events.OfType<Stopped>().Single().Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_preemption_that_sends_no_signal_is_seen_by_asking()
    {
        using var folder = new TemporaryFolder();
        var scontrol = FakeScontrol(folder, """
            show) case $2 in
                partition) echo "   OverTimeLimit=NONE PreemptMode=REQUEUE"; echo "   DisableRootJobs=NO ExclusiveUser=NO GraceTime=20 Hidden=NO" ;;
                job) echo "   JobState=RUNNING Reason=None Dependency=(null)"
                     [ -e "$0.preempt" ] && echo "   PreemptEligibleTime=1 PreemptTime=$(date +%s)" || echo "   PreemptEligibleTime=1 PreemptTime=None" ;;
                esac ;;
            requeue) exit 0 ;;
            """);
        using var trainer = Trainer.StartUnder(
            ["/usr/bin/env", "PATH=" + folder["bin"] + ":/usr/bin:/bin", "SLURM_JOB_ID=17", "SLURM_JOB_PARTITION=low"], folder["checkpoints"], 1_000_000, "--delay", "20");
        trainer.WaitFor("step 5");
        File.WriteAllText(scontrol + ".preempt", string.Empty);
        Assert.Equal(0, trainer.WaitForEnd().ExitCode);
        var story = AttemptStory.ReadAll(folder["checkpoints"]).Single();
        Assert.Equal("Slurm", story.Events.OfType<Interrupted>().Single().Kind);
        Assert.Equal(("Preempted", "Requeue"), (story.Events.OfType<Stopped>().Single().Cause, story.Events.OfType<Stopped>().Single().Action));
    }

    [Fact]
    public void A_job_that_ends_in_its_last_work_is_requeued_for_it()
    {
        using var folder = new TemporaryFolder();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        FakeScontrol(folder, ShowRunning + "\nrequeue) exit 0 ;;");
        using var trainer = Trainer.StartUnder(
            ["/usr/bin/env", "PATH=" + folder["bin"] + ":/usr/bin:/bin", "SLURM_JOB_ID=17", $"SLURM_JOB_START_TIME={now}", $"SLURM_JOB_END_TIME={now + 30}"],
            folder["checkpoints"], 20, "--last-work", "60000");
        trainer.WaitForMessage("requeueing job 17"); // which would kill it
        Assert.True(
            SpinWait.SpinUntil(() => File.ReadAllText(folder["calls"]).Contains("\nrequeue 17\n", StringComparison.Ordinal), TimeSpan.FromMinutes(1)),
            $"not requeued: {File.ReadAllText(folder["calls"])}{trainer.Messages}");
        AssertEnd(File.ReadAllText(folder["calls"]), "requeue 17");
        var story = AttemptStory.ReadAll(folder["checkpoints"]).Single();
        Assert.Equal(("Deadline", "Requeue", 20L), (story.Events.OfType<Stopped>().Single().Cause, story.Events.OfType<Stopped>().Single().Action, story.Events.OfType<Stopped>().Single().Step));
        Assert.Null(story.Finished);
    }

    [Fact]
    public void A_job_that_was_extended_or_suspended_is_not_stopped_at_its_old_end()
    {
        using var folder = new TemporaryFolder();
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        FakeScontrol(folder, $"""
            show) echo "   JobState=RUNNING Reason=None Dependency=(null)"
                  if [ -e "$0.asked" ]; then echo "   StartTime={now} EndTime={now + 3600} Deadline=N/A"; else touch "$0.asked"; echo "   StartTime={now} EndTime={now + 20} Deadline=N/A"; fi ;;
            """);
        using var trainer = Trainer.StartUnder(["/usr/bin/env", "PATH=" + folder["bin"] + ":/usr/bin:/bin", "SLURM_JOB_ID=17"], folder["checkpoints"], 1100, "--delay", "20");
        var (exitCode, lines) = trainer.WaitForEnd();
        Assert.Equal(0, exitCode);
        Assert.Contains("after 1100 steps", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_job_stays_cancelled()
    {
        var (exitCode, _, calls, story) = Stop("""show) [ -e "$0.asked" ] && state=COMPLETING || state=RUNNING; [ $2 = job ] && touch "$0.asked"; echo "   JobState=$state Reason=None Dependency=(null)" ;;""");
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
        ExecutableFile.Write(folder["scontrol"], "#!/bin/bash\ncase $1 in requeue) exec sleep 600 ;; *) head -c 3000000 /dev/urandom ;; esac\n");
        var slurm = new SlurmCommands(TimeProvider.System, TimeSpan.FromSeconds(2), folder["scontrol"]);
        Assert.Null(slurm.ShowJob("17").Status);
        Assert.Equal(SlurmSite.Default, slurm.ShowSite("main"));
        var answer = slurm.Requeue("17", switchOn: true);
        Assert.Equal(RequeueOutcome.NoAnswer, answer.Outcome);
        Assert.Contains("did not answer within 2 s", answer.Error, StringComparison.Ordinal);
    }
}
