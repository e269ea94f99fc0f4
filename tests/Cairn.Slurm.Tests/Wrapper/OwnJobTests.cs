
namespace Cairn.Slurm.Tests.Wrapper;

/// <summary>A job's folder, its notes and the promise to requeue it are its own: not another element's, not those of the job that it was submitted from, not a second wrapper's.</summary>
[Trait("Category", "slow")]
public class OwnJobTests(Clusters clusters, WrapperPlays plays)
{
    [Fact]
    public async Task An_element_of_an_array_has_its_own_folder_and_is_requeued_alone()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("own-array");

        // Two at a time: the third begins while the first, which has saved, waits in the queue. Long enough to be warned in, however late that comes.
        var array = await cluster.SubmitAsync(
            folder, await plays.ScriptAsync(cluster, "exec CAIRN run --checkpoint-dir ckpt -- HELPER 600 0.1"), "--time=5", "--array=1-3%2", "--output=job-%a.log");
        Job[] elements = [.. Enumerable.Range(1, 3).Select(task => new Job(cluster, $"{array.Id}_{task}", folder, $"job-{task}.log"))];
        // Each as it begins: on a busy machine the second may have ended, and the third begun, before the first has.
        await Task.WhenAll(WarnAsync(elements[0]), WarnAsync(elements[2]));

        // By then the third has the array's own id: requeued by that, all would be.
        var ends = await Task.WhenAll(elements.Select(element => element.WaitForEndAsync()));
        (string, int)[] wanted = [("COMPLETED", 1), ("COMPLETED", 0), ("COMPLETED", 1)];
        Assert.True(wanted.SequenceEqual(ends.Select(end => (end.State, end.Restarts))), string.Join("\n--\n", elements.Zip(ends, (element, end) => $"{end.State} after {end.Restarts} restarts: {element.Log}")));
        foreach (var task in (int[])[1, 3])
            Assert.Contains($"attempt 2 begins at step {Read($"ckpt/{task}/state0.json")}\n", elements[task - 1].Log, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, "ckpt/state0.json")));
        return;

        string Read(string path) => File.ReadAllText(Path.Combine(folder, path));

        static async Task WarnAsync(Job element)
        {
            await element.WaitForLogAsync("attempt 1 begins at step 0");
            await element.MustAsync("scancel", "--batch", "--signal=USR2", element.Id);
            await element.WaitForLogAsync($"requeueing job {element.Id}");
        }
    }

    // From inside of a job under cairn run, from a task of an array's element, and from such a wrapper outside of every job. The second job is
    // a program with the Python helper, one with the library, and one under a wrapper of its own.
    [Theory]
    [InlineData("job", "exec HELPER 100 0.1", "python", "is requeued")]
    [InlineData("job", "exec LINEAR --steps 100 --step-delay 100", "library", "requeueing job")]
    [InlineData("job", "exec CAIRN run -- HELPER 100 0.1", "wrapped", "requeueing job")]
    [InlineData("array", "exec HELPER 100 0.1", "python", "is requeued")]
    [InlineData("array", "exec LINEAR --steps 100 --step-delay 100", "library", "requeueing job")]
    [InlineData("array", "exec CAIRN run -- HELPER 100 0.1", "wrapped", "requeueing job")]
    [InlineData("shell", "exec HELPER 100 0.1", "python", "is requeued")]
    [InlineData("shell", "exec LINEAR --steps 100 --step-delay 100", "library", "requeueing job")]
    public async Task A_job_takes_neither_folder_nor_promise_of_the_one_that_it_was_submitted_from(string from, string script, string name, string requeued)
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync($"own-inherited-{from}-{name}");
        await File.WriteAllTextAsync(
            Path.Combine(folder, "inner.sh"),
            await plays.ScriptAsync(cluster, script.Replace("LINEAR", cluster.Program("LinearModel"), StringComparison.Ordinal)),
            TestContext.Current.CancellationToken);
        var step = from == "array" ? "srun -n2 sh -c '[ $SLURM_PROCID = 1 ] || exec \"$@\"' once " : "";
        var outer = await plays.ScriptAsync(cluster, $"exec CAIRN run --checkpoint-dir outer -- {step}sbatch --parsable --time=5 --mem=500M --open-mode=append --output=inner.log inner.sh");
        string submitted;
        Job? first = null;
        if (from == "shell")
        {
            await Machine.WaitForRoomAsync();
            await File.WriteAllTextAsync(Path.Combine(folder, "outer.sh"), outer, TestContext.Current.CancellationToken);
            submitted = (await cluster.AsUserAsync(folder, "bash", "outer.sh")).StandardOutput;
        }
        else
        {
            first = await cluster.SubmitAsync(folder, outer, ["--time=5", .. from == "array" ? (string[])["--array=5", "-n2"] : []]);
            first = from == "array" ? new(cluster, first.Id + "_5", folder) : first;
            Assert.Equal("COMPLETED", (await first.WaitForEndAsync()).State);
            submitted = first.Log;
        }

        var inner = new Job(cluster, submitted.Split('\n').Single(line => line.Length > 0 && line.All(char.IsAsciiDigit)), folder, "inner.log");
        await inner.WaitAsync(() => Directory.GetDirectories(folder, "checkpoints*").Length == 1, "a folder of its own", Job.HasEnded);
        await inner.WaitForLogAsync(name == "library" ? "attempt 1 of job" : "attempt 1 begins at step 0");
        Assert.Equal(0, await inner.CommandAsync("scancel", "--batch", "--signal=USR2", inner.Id));
        var end = await inner.WaitForEndAsync();
        Assert.True((end.State, end.Restarts) == ("COMPLETED", 1), inner.Log);
        Assert.Contains(requeued, inner.Log, StringComparison.Ordinal);
        Assert.Equal(0, first is null ? 0 : JobStatus.Parse(await first.ShowAsync())!.Restarts);
        var others = Path.Combine(folder, "outer");
        Assert.Empty(Directory.Exists(others) ? Directory.GetFiles(others, "state0.json", SearchOption.AllDirectories) : []);
        Assert.Empty(Directory.Exists(others) ? Directory.GetDirectories(others, "step-*", SearchOption.AllDirectories) : []);
    }

    [Fact]
    public async Task Of_two_wrappers_side_by_side_one_is_refused_and_the_other_undisturbed_and_one_after_the_other_is_fine()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("own-side-by-side");
        var job = await cluster.SubmitAsync(
            folder,
            await plays.ScriptAsync(
                cluster,
                """
                CAIRN run --checkpoint-dir ckpt -- HELPER 30 0.1 & one=$!
                CAIRN run --checkpoint-dir ckpt -- HELPER 30 0.1 & other=$!
                wait $one; echo "side by side: $?"
                wait $other; echo "side by side: $?"
                CAIRN run --checkpoint-dir ckpt -- sh -c 'echo one after the other'; echo "alone: $?"
                """),
            "--time=5");
        Assert.Equal("COMPLETED", (await job.WaitForEndAsync()).State);
        var lines = job.Log.Split('\n');
        Assert.Equal(["side by side: 0", "side by side: 2"], lines.Where(line => line.StartsWith("side by side", StringComparison.Ordinal)).Order());
        Assert.Single(lines, line => line.Contains("already decides over this job, and only one can", StringComparison.Ordinal));
        Assert.Single(lines, "attempt 1 begins at step 0");
        Assert.Single(lines, "training complete");
        Assert.Single(lines, "one after the other");
        Assert.Single(lines, "alone: 0");
    }

    [Fact]
    public async Task Notes_that_lie_behind_a_link_or_are_anothers_are_passed_over_with_a_line_and_the_job_comes_back_all_the_same()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("own-notes");
        var elsewhere = Directory.CreateDirectory(Path.Combine(folder, "elsewhere"));
        elsewhere.UnixFileMode |= UnixFileMode.OtherWrite | UnixFileMode.GroupWrite;
        foreach (var (below, isLink) in (ReadOnlySpan<(string, bool)>)[("linked", true), ("foreign", false)])
        {
            var path = Path.Combine(folder, below);
            Directory.CreateDirectory(path).UnixFileMode |= UnixFileMode.OtherWrite;
            path = Path.Combine(path, ".cairn-run");
            if (isLink)
                File.CreateSymbolicLink(path, elsewhere.FullName);
            else
                Directory.CreateDirectory(path).UnixFileMode |= UnixFileMode.OtherWrite; // root's
        }

        var job = await cluster.SubmitAsync(
            folder, await plays.ScriptAsync(cluster, "CAIRN run --checkpoint-dir foreign -- HELPER 1 0.1\nexec CAIRN run --checkpoint-dir linked -- HELPER 100 0.1"), "--time=5");
        await job.WaitForLogAsync("attempt 1 begins at step 0", 2);
        Assert.Equal(0, await job.CommandAsync("scancel", "--batch", "--signal=USR2", job.Id));
        var end = await job.WaitForEndAsync();
        Assert.True((end.State, end.Restarts) == ("COMPLETED", 1), job.Log);
        Assert.Contains($"{folder}/linked/.cairn-run is a link or no folder: remove it", job.Log, StringComparison.Ordinal);
        Assert.Contains($"{folder}/foreign/.cairn-run belongs to another user (uid 0)", job.Log, StringComparison.Ordinal);
        Assert.Empty(elsewhere.EnumerateFileSystemInfos());
    }
}
