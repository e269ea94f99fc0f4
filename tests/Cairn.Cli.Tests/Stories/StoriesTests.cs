using Cairn.Cli.Stories;

namespace Cairn.Cli.Tests.Stories;

/// <summary>Runs on a real Slurm, written down once: all figures are worked out by hand from the journals.</summary>
public class StoriesTests
{
    // Attempts: from to kept redone lost end. Spent: queued starting training redone saving lost ending.
    public static TheoryData<string, string, string[], double[], string, string?, string> Stories => new()
    {
        {
            "limit", "checkpoints", ["0 91 91 0 0 requeued", "91 160 160 0 0 finished"], [5.49, 8.49, 80.22, 0, 0.02, 0, 0.20], "finished", null,
            "Attempt 1 of job 20 on host, after 51 s, stopped at step 91 of 160: its time was nearly over. What asked it to stop: the job ends in 9.8 s, 9.8 s before the job's end. "
            + "Cairn had it requeued (the job's end is near: requeueing job 20). Nothing was lost: step 91 is saved. Attempt 2 followed: finished at step 160."
        },
        {
            "warning", "checkpoints", ["0 32 32 0 0 requeued", "32 79 79 0 0 requeued", "79 126 126 0 0 requeued", "126 150 150 0 0 finished"], [23.88, 15.13, 60.18, 0, 0.02, 0, 0.57], "finished", null,
            "Attempt 1 of job 24 on host, after 18 s, stopped at step 32 of 150: warned. What asked it to stop: USR2, 1 min 42 s before the job's end. "
            + "Cairn had it requeued (warned by USR2 before the end: requeueing job 24). Nothing was lost: step 32 is saved. Attempt 2 followed: warned, requeued."
        },
        {
            // Of the 16.48 s in the queue it waited 15.48 s for the one that preempted it.
            "preemption", "checkpoints", ["0 41 41 0 0 requeued", "41 80 80 0 0 finished"], [16.48, 7.48, 40.13, 0, 0.03, 0, 0.29], "finished", null,
            "Attempt 1 of job 17 on host, after 26 s, stopped at step 41 of 80: preempted. What asked it to stop: Slurm says: the job is preempted, 10 s before the job's end. "
            + "Slurm said of the job: RUNNING, being preempted. Cairn had it requeued (preempted: requeueing job 17). Nothing was lost: step 41 is saved. Attempt 2 followed: finished at step 80."
        },
        {
            "cancel", "checkpoints", ["0 28 28 0 0 stopped"], [1.00, 4.98, 14.12, 0, 0, 0, 0.12], "ended", null,
            "Attempt 1 of job 15 on host, after 19 s, stopped at step 28 of 400: cancelled. What asked it to stop: TERM, 30 s before the job's end. Slurm said of the job: COMPLETING. "
            + "Cairn did not requeue it: the job is COMPLETING by Slurm's word. Nothing was lost: step 28 is saved. Submit it again to go on from step 28."
        },
        {
            "node-down", "checkpoints", ["0 32 32 0 0 requeued", "32 80 80 0 0 finished"], [6.03, 8.46, 40.07, 0, 0.01, 0, 0.20], "finished", null,
            "Attempt 1 of job 16 on host, after 21 s, stopped at step 32 of 80: requeued by somebody else. What asked it to stop: TERM, 30 s before the job's end. "
            + "Slurm said of the job: PENDING, BeginTime. Cairn did not requeue it: the job is back in the queue already. Nothing was lost: step 32 is saved. Attempt 2 followed: finished at step 80."
        },
        {
            "array", "checkpoints-0", ["0 22 22 0 0 requeued", "22 60 60 0 0 finished"], [6.89, 8.96, 30.08, 0, 0.01, 0, 0.27], "finished", null,
            "Attempt 1 of job 21_0 on host, after 16 s, stopped at step 22 of 60: warned. What asked it to stop: USR2, 4 min 44 s before the job's end. "
            + "Cairn had it requeued (warned by USR2 before the end: requeueing job 21_0). Nothing was lost: step 22 is saved. Attempt 2 followed: finished at step 60."
        },
        {
            "array", "checkpoints-1", ["0 60 60 0 0 finished"], [0, 4.74, 30.07, 0, 0, 0, 0.03], "finished", null,
            "Attempt 1 of job 21_1 on host, after 35 s, finished at step 60. Nothing was lost: step 60 is saved. Nothing is to be done."
        },
        {
            "killed", "checkpoints", ["0 50 40 0 10 lost", "40 80 80 10 0 finished"], [0, 11.24, 14.10, 2.01, 0, 2.01, 0.08], "finished", null,
            "Attempt 1 of job 19 on host, after 15 s, was killed or crashed; its journal ends at step 50 of 80. Nobody told it: a KILL, a crash of the program or its node, or too little memory leave no word. "
            + "At least 10 steps (2 s) were lost: attempt 2 went on from step 40. Attempt 2 followed: finished at step 80."
        },
        {
            "finished-restarted", "checkpoints", ["0 20 20 0 0 finished", "- - - 0 0 finished"], [0, 4.84, 4.02, 0, 0, 0, 0.04], "finished", null,
            "Attempt 1 of job 23 on host, after 8.8 s, finished at step 20. Nothing was lost: step 20 is saved. Attempt 2 followed: nothing to do: finished before, at step 20."
        },
        {
            "ranks", "checkpoints", ["0 23 23 0 0 requeued", "23 80 80 0 0 finished"], [12.00, 8.91, 40.07, 0, 0, 0, 0.16], "finished", null,
            "Attempt 1 of job 27 on host, after 16 s, stopped at step 23 of 80: warned. What asked it to stop: USR2, 4 min 44 s before the job's end. "
            + "Cairn had it requeued (warned by USR2 before the end: requeueing job 27). Nothing was lost: step 23 is saved. Attempt 2 followed: finished at step 80."
        },
        {
            // Nothing of its end had room in the journal, and the attempt after it could not make one at all.
            "full-disk", "checkpoints", ["0 60 20 0 40 silent"], [0, 4.99, 4.06, 0, 0, 41.35, 0], "silent", "No space left on device",
            "Attempt 1 of job 25 on host, after 50 s, is silent for 24 h 12 min: killed, crashed, or its node is away; its journal ends at step 60 of 60. "
            + "Its newest save, of step 37, had failed: checkpoint 37 was not written: fallocate /run/full-disk/checkpoints/.saving-step-0000000037-attempt-1-b808524b2095478a973009574fac820a/random.safetensors: "
            + "No space left on device (errno 28). A checkpoint needs 0.0 MB: free some space, ask for a larger quota, or keep fewer checkpoints. The older checkpoints are unharmed. "
            + "At least 40 steps (41 s) were lost: the next attempt goes on from step 20. "
            + "See the end of the job's log, and `sacct -j 25` for an out-of-memory kill or a failed node; then submit the job again: it goes on from step 20."
        },
        {
            "wrapped-python", "checkpoints", ["0 22 22 0 0 requeued", "22 80 80 0 0 finished"], [6.65, 2.84, 46.96, 0, 0, 0, 0.14], "finished", null,
            "Attempt 1 of job 22 on host, after 16 s, stopped at step 22 of 80: the program has stopped and saved at step 22 (rank 0), requeued. "
            + "What asked it to stop: USR2 from pid 23844 (uid 0), 4 min 44 s before the job's end. cairn run had it requeued. Nothing was lost: step 22 is saved. Attempt 2 followed: the work is done."
        },
        {
            // Each job began, by Slurm's whole seconds, in the one in which that before it ended: there was no queue but the first one's second.
            "chain", "checkpoints", ["0 23 23 0 0 stopped", "23 77 77 0 0 stopped", "77 120 120 0 0 finished"], [1.00, 2.06, 68.22, 0, 0, 0, 0.19], "finished", null,
            "Attempt 1 of job 28 on host, after 16 s, stopped at step 23 of 120: the program has stopped and saved at step 23 (rank 0): the next job of the chain goes on. "
            + "What asked it to stop: USR2 from pid 24729 (uid 0), 45 s before the job's end. Nothing was lost: step 23 is saved. "
            + "Attempt 2 followed: the program has stopped and saved at step 77 (rank 0): the next job of the chain goes on."
        },
        {
            "crash-loop", "checkpoints", ["- - - 0 0 requeued", "- - - 0 0 left"], [6.37, 10.04, 0, 0, 0, 0, 0], "ended", "crash 2 in a row without progress",
            "Attempt 1 of job 18 on host, after 5.6 s, stopped: the program failed with exit code 3, requeued. cairn run had it requeued. "
            + "Its program reports no steps, so nobody knows what was lost (docs/metrics.md: CAIRN_REPORTS). "
            + "Attempt 2 followed: the program failed with exit code 3: not requeued, because it is crash 2 in a row without progress and --requeue-crashes allows 1."
        },
    };

    [Theory]
    [MemberData(nameof(Stories))]
    public void A_story_is_told_as_it_happened(string name, string folder, string[] attempts, double[] spent, string state, string? problem, string why)
    {
        using var recorded = new RecordedStory(name);
        var story = recorded.Read(folder);
        Assert.Equal(attempts, story.Attempts.Select(one => $"{one.FromStep?.ToString() ?? "-"} {one.ToStep?.ToString() ?? "-"} {one.KeptStep?.ToString() ?? "-"} {one.StepsRedone} {one.StepsLost} {one.End.State}"));
        var was = story.Spent;
        Assert.Equal(spent, ((double[])[was.Queued, was.Starting, was.Training, was.Redone, was.Saving, was.Lost, was.Ending]).Select(seconds => Math.Round(seconds, 2)));
        Assert.Equal(why, Why.Of(story, story.Attempts[0], story.Attempts.Count > 1 ? story.Attempts[1] : null, null).Paragraph);

        var status = RunStatus.Of(story, null, FolderState.Nothing, RecordedStory.Now);
        Assert.Equal(state, status.State);
        Assert.Equal(problem is not null, status.Problems.Any(one => one.Contains(problem!, StringComparison.Ordinal)));
        if (problem is null)
            Assert.Empty(status.Problems);
    }

    [Fact]
    public void What_is_asked_for_again_and_again_tells_the_same_from_the_newest_attempts()
    {
        using var recorded = new RecordedStory("warning");
        var (all, newest) = (recorded.Read("checkpoints"), recorded.ReadNewest("checkpoints", 2));
        Assert.Equal([3, 4], newest.Attempts.Select(one => one.Number));
        Assert.Equal((all.Step, all.Planned, all.Attempts[^1].Spent), (newest.Step, newest.Planned, newest.Attempts[^1].Spent));
    }
}
