using CliWrap;

namespace Cairn.Slurm.Tests.Submissions;

/// <summary>Scripts that <c>cairn script</c> wrote, and chains that <c>cairn submit</c> made, on a real Slurm.</summary>
[Trait("Category", "slow")]
public class SubmissionTests(Clusters clusters)
{
    [Fact]
    public async Task A_script_for_plain_srun_is_accepted_and_its_program_hears_the_warning_and_comes_back()
    {
        var (cluster, folder, cairn) = await PrepareAsync("script-srun");
        File.Copy(Path.Combine(Clusters.Repository, "python/cairn/_job.py"), Path.Combine(folder, "cairn.py"));
        await File.WriteAllTextAsync(
            Path.Combine(folder, "train.py"),
            """
            import cairn, sys, time
            print("attempt", cairn.attempt(), sys.argv[1:], "in", cairn.checkpoint_dir(), flush=True)
            while cairn.attempt() == 1 and not cairn.stop_requested():
                time.sleep(0.1)
            if cairn.attempt() == 1:
                cairn.exit_for_requeue()
            print("finished", flush=True)
            """,
            TestContext.Current.CancellationToken);
        var written = await cluster.AsUserAsync(
            folder, cairn, "script", "--time", "3", "--launcher", "srun", "--mem", "500M", "--cpus-per-task", "1", "--checkpoint-dir", "my ckpt", "--output", "job.sh",
            "--", "/usr/bin/python3", "-B", "train.py", "it's", "a b", "$HOME");
        Assert.True(written.ExitCode == 0, written.StandardError);
        var submitted = await cluster.AsUserAsync(folder, cairn, "submit", "job.sh");
        Assert.True(submitted.ExitCode == 0, submitted.StandardError);
        var id = submitted.StandardOutput.Trim();
        var job = new Job(cluster, id, folder, $"logs/train-{id}.out");
        await job.WaitForLogAsync("attempt 1 [\"it's\", 'a b', '$HOME'] in " + folder + "/my ckpt");
        // What Slurm itself does two minutes later.
        Assert.Equal(0, await job.CommandAsync("scancel", "--signal=USR2", id));
        var status = await job.WaitForEndAsync();
        Assert.True((status.State, status.Restarts) == ("COMPLETED", 1), job.Log);
        Assert.Contains("finished", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chain_whose_first_job_is_finished_cancels_the_rest()
    {
        var (cluster, folder, cairn) = await PrepareAsync("chain-finished");
        await File.WriteAllTextAsync(
            Path.Combine(folder, "job.sh"),
            $"""
            #!/bin/bash
            #SBATCH --time=5 --mem=100M --output=%j.out
            until [ -e go ]; do sleep 0.2; done
            [ "$CAIRN_CHAIN" = "$CAIRN_SUBMISSION" ] && echo "in a chain"
            {cairn} __chain-finished "$CAIRN_CHAIN"
            """.ReplaceLineEndings("\n"),
            TestContext.Current.CancellationToken);
        var submitted = await cluster.AsUserAsync(folder, cairn, "submit", "--chain", "3", "job.sh");
        Assert.True(submitted.ExitCode == 0, submitted.StandardError);
        Job[] jobs = [.. submitted.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(id => new Job(cluster, id, folder, $"{id}.out"))];
        Assert.Equal(3, jobs.Length);
        Assert.Contains($"Dependency=afterany:{jobs[0].Id}", await jobs[1].ShowAsync(), StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(folder, "go"), "", TestContext.Current.CancellationToken);
        Assert.Equal("COMPLETED", (await jobs[0].WaitForEndAsync()).State);
        Assert.Contains("in a chain", jobs[0].Log, StringComparison.Ordinal);
        Assert.Equal("CANCELLED", (await jobs[1].WaitForEndAsync()).State);
        Assert.Equal("CANCELLED", (await jobs[2].WaitForEndAsync()).State);
        Assert.Equal("", jobs[1].Log + jobs[2].Log);
    }

    // One that exits 0 when it is warned, and one that asks for a requeue then, and says itself that its work is done.
    [Theory]
    [InlineData("train.py", "guide 400 0.1")]
    [InlineData("with_helper.py", "400 0.1")]
    public async Task In_a_chain_the_next_job_goes_on_and_the_one_that_finishes_cancels_the_rest(string program, string arguments)
    {
        var (cluster, folder, cairn) = await PrepareAsync("chain-run-" + program);
        File.Copy(Path.Combine(Clusters.Repository, "tests/Programs/WrappedPython", program), Path.Combine(folder, "train.py"));
        File.Copy(Path.Combine(Clusters.Repository, "python/cairn/_job.py"), Path.Combine(folder, "cairn.py"));

        // What a person would write: the script calls cairn by its name, and the log folder is made.
        var submitted = await cluster.AsUserAsync(
            folder, "env", [
                $"PATH={Path.GetDirectoryName(cairn)}:/usr/bin:/bin", cairn, "submit", "--chain", "3", "--time", "5", "--mem", "500M", "--cpus-per-task", "1",
                "--checkpoint-dir", "ckpt", "--", "/usr/bin/python3", "-B", "train.py", .. arguments.Split(' '),
            ]);
        Assert.True(submitted.ExitCode == 0, submitted.StandardError);
        Job[] jobs = [.. submitted.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(id => new Job(cluster, id, folder, $"logs/train-{id}.out"))];
        Assert.Equal(3, jobs.Length);
        await jobs[0].WaitForLogAsync("begins at step 0");
        Assert.Equal(0, await jobs[0].CommandAsync("scancel", "--batch", "--signal=USR2", jobs[0].Id));
        await jobs[0].WaitForLogAsync("the next job of the chain goes on");
        await jobs[1].WaitForLogAsync("training complete");
        var ends = await Task.WhenAll(jobs.Select(job => job.WaitForEndAsync()));
        Assert.Equal(["COMPLETED 0", "COMPLETED 0", "CANCELLED 0"], ends.Select(end => $"{end.State} {end.Restarts}"));
        Assert.DoesNotContain("begins at step 0", jobs[1].Log, StringComparison.Ordinal);
        Assert.Contains($"the rest of the chain, {jobs[2].Id}, is cancelled", jobs[1].Log, StringComparison.Ordinal);
        Assert.Equal("", jobs[2].Log);
        Assert.DoesNotContain("since the job was submitted", jobs[0].Log + jobs[1].Log, StringComparison.Ordinal);
    }

    // The user of the jobs may not be able to read the checkout.
    private async Task<(Cluster Cluster, string Folder, string Cairn)> PrepareAsync(string name)
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync(name);
        var program = Path.Combine(folder, "bin");
        await Machine.WaitForRoomAsync();
        await Cli.Wrap("cp").WithArguments(["-r", Path.GetDirectoryName(Clusters.CommandLine)!, program]).ExecuteAsync(TestContext.Current.CancellationToken);
        return (cluster, folder, Path.Combine(program, Path.GetFileName(Clusters.CommandLine)));
    }
}
