using System.Text.RegularExpressions;

namespace Cairn.Slurm.Tests.Wrapper;

/// <summary><c>cairn run</c> on a real Slurm: every cause, in every form that differs.</summary>
[Trait("Category", "slow")]
public partial class WrapperTests(Clusters clusters, WrapperPlays plays) : IClassFixture<WrapperPlays>
{
    public static TheoryData<string> Rows => [.. WrapperTable.All.Select(row => row.Name)];

    [Theory, MemberData(nameof(Rows))]
    public async Task On_a_real_Slurm(string name)
    {
        var row = WrapperTable.All.Single(one => one.Name == name);
        Assert.SkipWhen(row.NeedsTorch && !Directory.Exists("/usr/lib/python3/dist-packages/torch"), "python3-torch is not installed");
        var cluster = await clusters.NeedAsync(row.Setup);
        var folder = await cluster.MakeFolderAsync("run-" + name.Replace(' ', '-').Replace(",", "", StringComparison.Ordinal));
        await using var play = new PlayedRow(cluster, row, folder);
        await play.SubmitAsync(plays);
        await play.StopAsync();

        var (job, status) = (play.Job, await play.Job.WaitForEndAsync());
        var restarts = row.EndsByLimit ? Math.Min(status.Restarts, row.Restarts) : status.Restarts;
        Assert.True((status.State, restarts) == (row.State, row.Restarts), $"{status.State} after {status.Restarts} restarts: {job.Log}");
        Assert.All(row.Says, text => Assert.Contains(text, job.Log, StringComparison.Ordinal));

        // Not with the line's end: python's handler may print in mid-line.
        Assert.Equal(row.FromZero * row.Tasks, job.Log.Split("begins at step 0").Length - 1);

        // No step is lost.
        if (row.Script.Contains("RANKED", StringComparison.Ordinal))
            Assert.Equal(row.Restarts == 0 ? [] : SavedSteps().Matches(job.Log).Select(step => step.Groups["step"].Value), BegunSteps().Matches(job.Log).Select(step => step.Groups["step"].Value));

        // A requeue would bring a cancelled job back; but it has saved.
        if (row.State == "CANCELLED")
        {
            Assert.DoesNotContain("requeueing job", job.Log, StringComparison.Ordinal);
            Assert.True(File.Exists(Path.Combine(folder, "ckpt", "state0.json")), job.Log);
        }
    }

    [Fact]
    public async Task Of_an_array_only_the_element_that_was_warned_is_requeued()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("run-array");
        var submitted = await cluster.SubmitAsync(folder, await plays.ScriptAsync(cluster, "exec CAIRN run --checkpoint-dir ckpt-$SLURM_ARRAY_TASK_ID -- TRAIN guide 300 0.1"), "--time=5", "--array=1-2", "--output=job-%a.log");
        var (first, last) = (new Job(cluster, submitted.Id + "_1", folder, "job-1.log"), new Job(cluster, submitted.Id + "_2", folder, "job-2.log"));
        await Task.WhenAll(first.WaitForLogAsync("begins at step 0"), last.WaitForLogAsync("begins at step 0"));

        // The last element has the array's own id: requeued by that, the first one would be, too.
        await last.CommandAsync("scancel", "--batch", "--signal=USR2", last.Id);
        var ends = await Task.WhenAll(first.WaitForEndAsync(), last.WaitForEndAsync());
        Assert.Equal([("COMPLETED", 0), ("COMPLETED", 1)], ends.Select(end => (end.State, end.Restarts)));
    }

    [Fact]
    public async Task Several_tasks_with_a_wrapper_each_are_refused()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("run-refused");
        var job = await cluster.SubmitAsync(folder, await plays.ScriptAsync(cluster, "srun CAIRN run -- TRAIN guide 200 0.1"), "--time=5", "-n2");
        Assert.Equal("FAILED", (await job.WaitForEndAsync()).State);
        Assert.Contains("exec cairn run -- srun cairn run --task -- ", job.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("begins", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_an_interactive_allocation_the_program_saves_and_a_sentence_says_how_to_go_on()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("run-allocation");
        await Machine.WaitForRoomAsync();
        var granted = await cluster.AsUserAsync(folder, "salloc", "--no-shell", "--time=5", "--mem=500M");
        Assert.True(granted.ExitCode == 0, granted.StandardError);
        var job = new Job(cluster, Granted().Match(granted.StandardError).Groups["id"].Value, folder);
        await File.WriteAllTextAsync(
            Path.Combine(folder, "step.sh"),
            await plays.ScriptAsync(cluster, $"exec srun --jobid={job.Id} CAIRN run --checkpoint-dir ckpt -- TRAIN guide 100 0.1 >> job.log 2>&1"),
            TestContext.Current.CancellationToken);

        var step = cluster.AsUserAsync(folder, "bash", "step.sh");
        await job.WaitForLogAsync("begins at step 0");
        Assert.Equal(0, await job.CommandAsync("scancel", "--signal=USR2", job.Id));
        Assert.True((await step).ExitCode == 69, job.Log);
        Assert.Contains("an interactive allocation cannot be requeued; start the same program in a new one, and it goes on", job.Log, StringComparison.Ordinal);

        var again = await cluster.AsUserAsync(folder, "bash", "step.sh");
        Assert.True(again.ExitCode == 0, job.Log);
        Assert.Contains("training complete", job.Log, StringComparison.Ordinal);
        Assert.Equal(1, job.Log.Split("begins at step 0").Length - 1);
        await job.CommandAsync("scancel", job.Id);
    }

    [GeneratedRegex(@"saved step (?<step>\d+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex SavedSteps();

    [GeneratedRegex(@"begins at step (?<step>[1-9]\d*)$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant | RegexOptions.Multiline, 1000)]
    private static partial Regex BegunSteps();

    [GeneratedRegex("Granted job allocation (?<id>[0-9]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Granted();
}
