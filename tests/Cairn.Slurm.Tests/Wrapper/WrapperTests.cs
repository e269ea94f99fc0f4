using System.Text.RegularExpressions;

namespace Cairn.Slurm.Tests.Wrapper;

/// <summary><c>cairn run</c> on a real Slurm: every cause, in every form that differs.</summary>
[Trait("Category", "slow")]
public partial class WrapperTests(Clusters clusters, WrapperPlays plays)
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
        var release = await Clusters.ReleaseAsync();
        var expected = row.EndsIn(release);
        var restarts = row.EndsByLimit ? Math.Min(status.Restarts, row.Restarts) : status.Restarts;
        Assert.True((status.State, restarts) == expected, $"{status.State} after {status.Restarts} restarts: {job.Log}");
        Assert.All(row.Says, text => Assert.Contains(text, job.Log, StringComparison.Ordinal));
        if (row.ExitCode is { } code)
            Assert.Contains($" ExitCode={code}:0", await job.ShowAsync(), StringComparison.Ordinal);
        if (row.IsStartedOnceMore(release))
        {
            Assert.DoesNotContain($"attempt {restarts + 1} begins at step", job.Log, StringComparison.Ordinal);
            Assert.Matches("remove .* to run (it )?again", job.Log);
        }

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
    public async Task A_warning_from_outside_of_its_pid_namespace_reaches_the_program()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("run-namespace");
        const string unshare = "unshare --user --map-current-user --pid --fork --mount-proc";
        if ((await cluster.AsUserAsync(folder, "sh", "-c", unshare + " true")).ExitCode != 0)
            Assert.Skip("an ordinary user can make no pid namespace here");

        // As a container with a pid namespace is warned: by its runtime, which stands outside.
        var job = await cluster.SubmitAsync(
            folder,
            await plays.ScriptAsync(
                cluster,
                $$"""
                {{unshare}} CAIRN run --checkpoint-dir ckpt -- HELPER 100 0.1 &
                outside=$!
                trap 'kill -USR2 $(pgrep -P $outside)' USR2
                while kill -0 $outside 2> /dev/null; do wait $outside; code=$?; done
                exit $code
                """),
            "--time=5");
        await job.WaitForLogAsync("begins at step 0");
        Assert.Equal(0, await job.CommandAsync("scancel", "--batch", "--signal=USR2", job.Id));
        var status = await job.WaitForEndAsync();
        Assert.True((status.State, status.Restarts) == ("COMPLETED", 1), job.Log);
        Assert.Contains("the program has stopped and saved", job.Log, StringComparison.Ordinal);
        Assert.Contains("attempt 2 begins at step", job.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("attempt 2 begins at step 0\n", job.Log, StringComparison.Ordinal);
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
