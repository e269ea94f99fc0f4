using System.Globalization;
using System.Text.RegularExpressions;
using Cairn.Attempts;
using CliWrap;

namespace Cairn.Slurm.Tests.Ranks;

/// <summary>Ranks on two nodes that wait for each other in every step: one checkpoint, one step for all, and the weights of a run that nobody stopped.</summary>
[Trait("Category", "slow")]
public sealed partial class RankTests(Clusters clusters)
{
    private static readonly bool IsLong = Environment.GetEnvironmentVariable("CAIRN_LONG") == "1";
    private static readonly Lazy<Task<byte[]>> Straight = new(TrainStraightAsync);

    public static TheoryData<string> Rows => [.. RankTable.All.Where(row => IsLong || !row.IsLong).Select(row => row.Name)];

    [Theory, MemberData(nameof(Rows))]
    public async Task They_stop_at_one_step_and_go_on_as_if_nobody_had_stopped_them(string name)
    {
        var row = RankTable.All.Single(one => one.Name == name);
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("ranks-" + name.Replace(' ', '-').Replace(",", "", StringComparison.Ordinal));
        await using var play = new RankJob(cluster, row, folder);
        await play.BeginAsync();
        await row.DoAsync(play);

        var status = await play.Job.WaitForEndAsync();
        var log = play.Job.Log;
        var restarts = row.RestartsIn(await Clusters.ReleaseAsync()) + CancelledAgain(log);
        if (status.State == "FAILED" && IsCancelledBeforeItBegan(log))
        {
            await play.Job.MustAsync("scontrol", "requeue", play.Job.Id);
            (status, log, restarts) = (await play.Job.WaitForEndAsync(), play.Job.Log, restarts + 1);
        }

        Assert.True((status.State == "COMPLETED" || (status.State == "FAILED" && IsCancelledAtItsEnd(log, row.Ranks))) && status.Restarts == restarts, $"{status.State} after {status.Restarts} restarts:\n{log}");

        // A rank's last words may be lost with srun, which the requeue ends; the journal has why it came to that.
        var said = log + string.Concat(Directory.EnumerateFiles(Path.Combine(folder, "checkpoints", "attempts"), "*.jsonl").Select(File.ReadAllText));
        Assert.All(row.Says, text => Assert.True(said.Contains(text, StringComparison.Ordinal), $"nothing says '{text}':\n{said}"));
        await AllHaveActedTogetherAsync(row, folder, log);
    }

    [Fact]
    public async Task Cancelled_in_mid_save_they_save_at_one_step_and_are_not_brought_back()
    {
        var row = new RankRow("cancel", 4, job => job.WarnAllAsync()) { Trainer = "--slow-save 2" };
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("ranks-cancel");
        await using var play = new RankJob(cluster, row, folder);
        await play.BeginAsync();
        await play.WarnAllAsync();
        await play.Job.WaitForLogAsync(": saves");
        await play.Job.MustAsync("scancel", play.Job.Id);
        var status = await play.Job.WaitForEndAsync();
        Assert.True((status.State, status.Restarts) == ("CANCELLED", 0), $"{status.State} after {status.Restarts} restarts:\n{play.Job.Log}");
        Assert.DoesNotContain("requeueing job", play.Job.Log, StringComparison.Ordinal);

        await play.SubmitAsync();
        Assert.Equal("COMPLETED", (await play.Job.WaitForEndAsync()).State);
        await AllHaveActedTogetherAsync(row with { Causes = ["Cancelled"] }, folder, play.Job.Log);
    }

    // The first of them that has saved requeues the job, and the other one is ended by that, wherever it is in its own end.
    [Fact]
    public async Task Two_steps_beside_each_other_stop_and_come_back_each_in_a_folder_of_its_own()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("ranks-two-steps");
        var job = await cluster.SubmitAsync(
            folder,
            $"""
            #!/bin/bash
            for one in a b; do
                RANK_TRAINER_SHARED=$PWD/shared-$one srun --exact --mem=100M --nodes=2 --ntasks=2 --kill-on-bad-exit=1 \
                    {cluster.Program("RankTrainer")} --folder $one --out $one.bin --steps {RankJob.Steps} --save-every 50 --say 60 --step-ms $((SLURM_RESTART_COUNT ? 0 : 40)) &
            done
            wait
            """,
            "--time=5", "--nodes=2", "--ntasks=4", "--ntasks-per-node=2");
        await using var ends = new Ended(job);
        await job.WaitForLogAsync(": step 60\n", 4);
        await job.MustAsync("scancel", "--signal=USR2", job.Id);
        var status = await job.WaitForEndAsync();
        Assert.True((status.State, status.Restarts) == ("COMPLETED", 1), $"{status.State} after {status.Restarts} restarts:\n{job.Log}");
        Assert.DoesNotContain("did not come to the end of step", job.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", job.Log, StringComparison.Ordinal);
        foreach (var one in (string[])["a", "b"])
        {
            var attempts = AttemptStory.ReadAll(Path.Combine(folder, one));
            Assert.True(attempts.Count(attempt => attempt.Events.OfType<Resumed>().Any()) == 2, $"{attempts.Count} attempts of {one}\n{job.Log}");
            Assert.True(attempts[1].Events.OfType<Resumed>().Single().Step == attempts[0].Events.OfType<Saved>().Last().Step, job.Log);
            var final = await File.ReadAllBytesAsync(Path.Combine(folder, one + ".bin"), TestContext.Current.CancellationToken);
            Assert.True((await Straight.Value).AsSpan().SequenceEqual(final), $"other weights of {one}\n{job.Log}");
        }
    }

    private sealed class Ended(Job job) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await job.CommandAsync("scancel", job.Id); // nothing where it has ended
    }

    private static async Task AllHaveActedTogetherAsync(RankRow row, string folder, string log)
    {
        Assert.DoesNotContain("did not come to the end of step", log, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled exception", log, StringComparison.Ordinal);
        var attempts = AttemptStory.ReadAll(Path.Combine(folder, "checkpoints"));
        Assert.True(attempts.Count(attempt => attempt.Events.OfType<Resumed>().Any()) == 2 + CancelledAgain(log), $"{attempts.Count} attempts\n{log}");
        var stops = attempts[0].Events.OfType<Stopped>().ToList(); // a second one by who stands in for rank 0
        Assert.True(row.Causes.Contains(stops.FirstOrDefault()?.Cause ?? "none"), $"the first attempt has ended by {stops.FirstOrDefault()?.Cause}\n{log}");
        var (saved, resumed) = (attempts[0].Events.OfType<Saved>().Select(save => save.Step).ToList(), attempts[1].Events.OfType<Resumed>().Single().Step);
        Assert.True(saved.LastOrDefault() == resumed && saved.Count(step => step == resumed) == 1, $"saved {string.Join(' ', saved)}, went on at {resumed}\n{log}");

        // How the ranks that were not killed before they could say it have ended. Rank 0 requeues, which kills it.
        var ends = End().Matches(log).Select(end => (Kind: end.Groups["kind"].Value, Step: long.Parse(end.Groups["step"].Value, CultureInfo.InvariantCulture))).ToList();
        Assert.True(ends.Count(end => end == ("Finished", RankJob.Steps)) == row.Ranks, log);
        Assert.True(stops.All(stop => stop.SavedStep == resumed && (row.IsCrash || stop.Step == resumed)), $"went on at {resumed} after {string.Join(" and ", stops)}\n{log}");
        Assert.True(row.IsCrash || ends.Where(end => end.Kind is not ("Finished" or "FinishedBefore")).All(end => end.Step == resumed), log);

        var final = await File.ReadAllBytesAsync(Path.Combine(folder, "final.bin"), TestContext.Current.CancellationToken);
        Assert.True((await Straight.Value).AsSpan().SequenceEqual(final), $"other weights\n{log}");
    }

    // A step has the same number in each start of a job, and a busy Slurm may send the cancel of one more than once: the second finds the next start's step (seen
    // with 22.05 behind srun --kill-on-bad-exit), which saves and comes back once more. What a second requeue has ended is none of that.
    private static int CancelledAgain(string log) =>
        log.Split("DUE TO JOB REQUEUE") is [_, var second, ..] && StepCancelled().IsMatch(second) && second.Contains("cairn: TERM: saving at the next step boundary", StringComparison.Ordinal) ? 1 : 0;

    // Where that comes while the programs start, they end by it, nothing of the run has changed, and who requeues the job goes on.
    private static bool IsCancelledBeforeItBegan(string log) =>
        log.Split("DUE TO JOB REQUEUE") is [_, .., var last] && StepCancelled().IsMatch(last) && !last.Contains("cairn: attempt 2 of job", StringComparison.Ordinal);

    // Where that comes when all ranks have come to their end already, srun fails and nothing of the run is missing.
    private static bool IsCancelledAtItsEnd(string log, int ranks) =>
        log.Split("DUE TO JOB REQUEUE") is [_, var second] && StepCancelled().Match(second) is { Success: true } cancel && second[..cancel.Index].Split($": Finished at step {RankJob.Steps}").Length == ranks + 1;

    private static async Task<byte[]> TrainStraightAsync()
    {
        var folder = Directory.CreateTempSubdirectory("cairn-straight-");
        try
        {
            await Cli.Wrap(TestProgram.At("RankTrainer")).WithWorkingDirectory(folder.FullName)
                .WithArguments(["--folder", "checkpoints", "--steps", $"{RankJob.Steps}", "--step-ms", "0"]).ExecuteAsync(TestContext.Current.CancellationToken);
            return await File.ReadAllBytesAsync(Path.Combine(folder.FullName, "final.bin"), TestContext.Current.CancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [GeneratedRegex(@"\*\*\* STEP [0-9.]+ ON \S+ CANCELLED AT \S+ \*\*\*", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex StepCancelled();

    [GeneratedRegex(@"^rank [0-9]+ of [0-9]+: (?<kind>\w+) at step (?<step>[0-9]+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex End();
}
