using System.Text.RegularExpressions;
using Cairn.Attempts;

namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>What no job meets alone: arrays, chains, two jobs on one folder; and jobs of other kinds than one batch script.</summary>
[Trait("Category", "slow")]
public partial class SeveralJobsTests(Clusters clusters)
{
    private const string Holding = "holding at step 15";
    private static readonly string[] GoesOn = ["from 0: Warning; saved 16; Warning, Requeue", "from 16: finished"];

    [Fact]
    public async Task Of_an_array_only_the_warned_element_is_requeued_although_its_raw_id_names_the_whole_array()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("array");
        var array = await cluster.SubmitAsync(
            folder, Script(cluster, "--hold 15 --out final-$SLURM_ARRAY_TASK_ID.bin"), "--array=1-3", "--output=job-%a.log", "--time=10");
        var elements = Enumerable.Range(1, 3).Select(task => new Job(cluster, $"{array.Id}_{task}", folder, $"job-{task}.log")).ToList();
        foreach (var element in elements)
            await element.WaitForLogAsync(Holding);
        var raw = await Task.WhenAll(elements.Select(async element => RawId().Match(await element.ShowAsync()).Groups["id"].Value));
        var warned = Array.IndexOf(raw, array.Id);
        Assert.InRange(warned, 0, 2);

        await elements[warned].CommandAsync("scancel", "--signal=USR2", elements[warned].Id);
        await elements[warned].WaitForLogAsync("attempt 2 of job");
        await LetGoAsync(folder);
        for (var i = 0; i < 3; i++)
        {
            var status = await elements[i].WaitForEndAsync();
            Assert.Equal(("COMPLETED", i == warned ? 1 : 0), (status.State, status.Restarts));
            Assert.Equal(i == warned ? GoesOn : ["from 0: finished"], Stories(folder, $"checkpoints-{i + 1}"));
            await EqualsStraightAsync(folder, $"final-{i + 1}.bin");
        }
    }

    [Fact]
    public async Task Of_array_elements_that_are_given_one_folder_one_trains_and_the_other_is_refused()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("array-one-folder");
        var array = await cluster.SubmitAsync(folder, Script(cluster, "--hold 15 --folder checkpoints"), "--array=1-2", "--output=job-%a.log", "--time=10");
        var elements = Enumerable.Range(1, 2).Select(task => new Job(cluster, $"{array.Id}_{task}", folder, $"job-{task}.log")).ToList();

        // Because it belongs to the other element; or, when both come at the same moment, because the other one was first.
        await elements[0].WaitAsync(() => elements.Exists(element => element.Log.Contains("checkpoints is in use: ", StringComparison.Ordinal)), "a refusal");
        await LetGoAsync(folder);
        var ends = await Task.WhenAll(elements.Select(element => element.WaitForEndAsync()));
        Assert.Equal(["COMPLETED", "FAILED"], ends.Select(end => end.State).Order());
        Assert.Equal(["from 0: finished"], Stories(folder, "checkpoints"));
        await EqualsStraightAsync(folder, "final.bin");
    }

    [Fact]
    public async Task Of_two_jobs_on_one_folder_the_second_is_refused_and_the_first_undisturbed()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("two-jobs");
        var first = await cluster.SubmitAsync(folder, Script(cluster, "--hold 15"), "--time=10");
        await first.WaitForLogAsync(Holding);
        var second = await cluster.SubmitAsync(folder, Script(cluster, "--out second.bin"), "--time=10", "--output=second.log");
        Assert.Equal("FAILED", (await second.WaitForEndAsync()).State);
        Assert.Contains(" ExitCode=78:", await second.ShowAsync(), StringComparison.Ordinal);
        Assert.Contains($"job {first.Id} is still running there", await File.ReadAllTextAsync(Path.Combine(folder, "second.log"), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        await LetGoAsync(folder);
        Assert.Equal("COMPLETED", (await first.WaitForEndAsync()).State);
        Assert.Equal(["from 0: finished"], Stories(folder, "checkpoints"));
        Assert.False(File.Exists(Path.Combine(folder, "second.bin")));
        await EqualsStraightAsync(folder, "final.bin");
    }

    [Fact]
    public async Task A_chain_of_jobs_goes_on_where_the_job_before_it_stopped()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("chain");
        var first = await cluster.SubmitAsync(folder, Script(cluster, "--hold 15"), "--time=10");
        var second = await cluster.SubmitAsync(folder, Script(cluster, "--hold 15"), "--time=10", $"--dependency=afterany:{first.Id}");
        await first.WaitForLogAsync(Holding);
        await first.CommandAsync("scancel", first.Id);
        Assert.Equal("COMPLETED", (await second.WaitForEndAsync()).State);
        Assert.Equal("CANCELLED", (await first.WaitForEndAsync()).State);
        Assert.Equal(["from 0: Terminate; saved 16; Cancelled, Leave; exit 143", "from 16: finished"], Stories(folder, "checkpoints"));
        await EqualsStraightAsync(folder, "final.bin");
    }

    [Fact]
    public async Task A_heterogeneous_job_is_requeued_by_its_leaders_id()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("heterogeneous");
        var script = Script(cluster, "--hold 15").Replace("#!/bin/bash\n", "#!/bin/bash\n#SBATCH --ntasks=1\n#SBATCH hetjob\n#SBATCH --ntasks=1 --mem=100M --time=10\n", StringComparison.Ordinal);
        var job = await cluster.SubmitAsync(folder, script, "--time=10");
        await job.WaitForLogAsync(Holding);
        await job.CommandAsync("scancel", "--signal=USR2", job.Id);
        await job.WaitForLogAsync("attempt 2 of job");
        var status = await job.WaitForEndAsync();
        Assert.Equal(("COMPLETED", 1), (status.State, status.Restarts));
        Assert.Equal(GoesOn, Stories(folder, "checkpoints"));
        await EqualsStraightAsync(folder, "final.bin");
    }

    [Fact]
    public async Task In_an_interactive_allocation_the_state_is_saved_and_a_sentence_says_how_to_go_on()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("allocation");
        await Machine.WaitForRoomAsync();
        var script = Path.Combine(folder, "allocate.sh");
        await File.WriteAllTextAsync(
            script, $"exec salloc --time=10 --mem=500M srun '{cluster.Program("ScenarioTrainer")}' --hold 15 > job.log 2>&1\n", TestContext.Current.CancellationToken);
        var allocation = cluster.AsUserAsync(folder, "bash", script);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(8));
        while (!Log().Contains(Holding, StringComparison.Ordinal) && !allocation.IsCompleted)
            await Task.Delay(100, patience.Token);
        await cluster.AsUserAsync(folder, "scancel", "--signal=USR2", Granted().Match(Log()).Groups["id"].Value);
        Assert.Equal(69, (await allocation).ExitCode);
        Assert.Contains("an interactive allocation cannot be requeued; start the same program in a new one, and it goes on", Log(), StringComparison.Ordinal);
        Assert.Equal(["from 0: Warning; saved 16; Warning, Leave; exit 69"], Stories(folder, "checkpoints"));

        var again = await cluster.AsUserAsync(folder, "bash", script);
        Assert.True(again.ExitCode == 0, Log());
        await EqualsStraightAsync(folder, "final.bin");

        string Log() => File.Exists(Path.Combine(folder, "job.log")) ? File.ReadAllText(Path.Combine(folder, "job.log")) : string.Empty;
    }

    private static string Script(Cluster cluster, string arguments) => LaunchForm.Srun.Script(cluster.Program("ScenarioTrainer"), arguments);

    private static IEnumerable<string> Stories(string folder, string checkpoints) =>
        AttemptStory.ReadAll(Path.Combine(folder, checkpoints)).Select(Story.Of);

    private static Task LetGoAsync(string folder) => File.WriteAllTextAsync(Path.Combine(folder, "go"), string.Empty);

    private static async Task EqualsStraightAsync(string folder, string name) =>
        Assert.Equal(await Straight.BytesAsync("ScenarioTrainer"), await File.ReadAllBytesAsync(Path.Combine(folder, name), TestContext.Current.CancellationToken));

    [GeneratedRegex("JobId=(?<id>[0-9]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex RawId();

    [GeneratedRegex("Granted job allocation (?<id>[0-9]+)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Granted();
}
