using Cairn.Attempts;

namespace Cairn.Slurm.Tests;

/// <summary>Examples under a real time limit: warned, saved, requeued, resumed, finished, and the same bytes as without a stop.</summary>
[Trait("Category", "slow")]
public class ExactResumeTests(Clusters clusters)
{
    // 160 steps of half a second: more than one minute's limit leaves time for.
    private const string SlowLinearModel = "--steps 160 --step-delay 500";

    [Fact]
    public async Task The_linear_model_under_srun_goes_on_after_the_warning()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("linear-srun");
        var job = await cluster.SubmitAsync(folder, $"""
            #!/bin/bash
            #SBATCH --time=1
            #SBATCH --signal=USR2@20
            srun {cluster.Program("LinearModel")} {SlowLinearModel} --out cut.dat
            """);
        var status = await job.WaitForEndAsync();
        Assert.True(status.State == "COMPLETED", job.Log);
        Assert.True(status.Restarts >= 1, job.Log);
        Assert.Contains("USR2 from", job.Log, StringComparison.Ordinal);
        await EqualsStraightAsync(cluster, folder, "LinearModel", "--steps", "160");

        var attempts = AttemptStory.ReadAll(Path.Combine(folder, "checkpoints"));
        Assert.Equal(status.Restarts + 1, attempts.Count);
        Assert.All(attempts.SkipLast(1), attempt => Assert.Equal("Warning", attempt.Events.OfType<Stopped>().Single().Cause));
        Assert.Equal(job.Id, attempts[0].Claim!.Job);
        NothingIsLost(attempts);
    }

    [Fact]
    public async Task The_guides_own_batch_script_hears_nothing_and_is_saved_by_its_deadline()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("linear-child");
        var job = await cluster.SubmitAsync(folder, $"""
            #!/bin/bash
            #SBATCH --job-name=checkpointing_example
            #SBATCH --nodes=1
            #SBATCH --ntasks=1
            #SBATCH --cpus-per-task=4
            #SBATCH --time=00:01:00
            #SBATCH --signal=USR2@60
            {cluster.Program("LinearModel")} {SlowLinearModel} --out cut.dat
            """);
        var status = await job.WaitForEndAsync();
        Assert.True(status.State == "COMPLETED", job.Log);
        Assert.True(status.Restarts >= 1, job.Log);
        Assert.DoesNotContain("USR2 from", job.Log, StringComparison.Ordinal);
        await EqualsStraightAsync(cluster, folder, "LinearModel", "--steps", "160");

        var attempts = AttemptStory.ReadAll(Path.Combine(folder, "checkpoints"));
        Assert.All(attempts.SkipLast(1), attempt => Assert.Equal("Deadline", attempt.Events.OfType<Stopped>().Single().Cause));
        NothingIsLost(attempts);
    }

    /// <summary>
    /// Cut ten times by the warning's signal, sent to the step as Slurm does it (<c>scancel --signal</c>), since ten limits of a
    /// minute would take too long; real limits are in the other tests and in the scenarios. No <c>--signal</c> here: with a limit
    /// of a minute the controller may send it while the program is still loading, which kills it. Ten cuts take minutes, so they begin
    /// early (see Machine), by a limit of three.
    /// </summary>
    [Fact]
    public async Task Grokking_cut_ten_times_ends_with_the_same_bytes()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("grokking");
        var job = await cluster.SubmitAsync(folder, $"""
            #!/bin/bash
            #SBATCH --time=3
            srun {cluster.Program("Grokking")} --short --step-delay 100 --out cut.dat
            """);
        for (var cut = 1; cut <= 10; cut++)
        {
            await job.WaitForLogAsync("cairn: attempt", cut);
            var steps = Directory.GetFiles(Path.Combine(folder, "checkpoints", "attempts")).Length;
            Assert.Equal(cut, steps);
            Assert.Equal(0, await job.CommandAsync("scancel", "--signal=USR2", job.Id));
            await job.WaitForLogAsync("requeueing job", cut);
        }

        var status = await job.WaitForEndAsync();
        Assert.True(status.State == "COMPLETED", job.Log);
        Assert.Equal(10, status.Restarts);
        await EqualsStraightAsync(cluster, folder, "Grokking", "--short");
        NothingIsLost(AttemptStory.ReadAll(Path.Combine(folder, "checkpoints")));
    }

    /// <summary>Ranks on two nodes that exchange gradients by MPI in every step, warned once, and one more of them afterwards.</summary>
    [Theory]
    [InlineData("pmi2", "libmpich.so.12", "libmpich12")]
    [InlineData("pmix", "libmpi.so.40", "libopenmpi3 libpmix-dev")]
    public async Task Data_parallel_ranks_stop_at_one_step_and_go_on_as_another_number_of_them(string mpi, string library, string packages)
    {
        Assert.SkipUnless(Machine.HasLibrary(library) && (mpi != "pmix" || Machine.HasPmix), $"--mpi={mpi} can't be had (apt-get install {packages})");
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("data-parallel-" + mpi);
        var job = await cluster.SubmitAsync(folder, $"""
            #!/bin/bash
            #SBATCH --time=3
            #SBATCH --nodes=2
            #SBATCH --ntasks=3
            export OMPI_MCA_mpi_yield_when_idle=1 # more ranks than cores
            srun --mpi={mpi} --kill-on-bad-exit=1 --ntasks=$((SLURM_RESTART_COUNT ? 3 : 2)) {cluster.Program("DataParallel")} \
                --exchange mpi --epochs 10 --step-delay 50 --out cut.dat
            """);
        await job.WaitForLogAsync("epoch 1: ", 1);
        await job.MustAsync("scancel", "--signal=USR2", job.Id);
        var status = await job.WaitForEndAsync();
        Assert.True(status.State == "COMPLETED", job.Log);
        Assert.Equal(1, status.Restarts);
        await EqualsStraightAsync(cluster, folder, "DataParallel", "--epochs", "10");
        NothingIsLost(AttemptStory.ReadAll(Path.Combine(folder, "checkpoints")));
    }

    [Fact]
    public async Task Data_parallel_ranks_without_MPIs_launcher_say_how_to_start_them()
    {
        Assert.SkipUnless(Machine.HasLibrary("libmpich.so.12") || Machine.HasLibrary("libmpi.so.40"), "no MPI is installed (apt-get install libmpich12)");
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("data-parallel-none");
        var job = await cluster.SubmitAsync(
            folder, $"#!/bin/bash\nexec srun --mpi=none {cluster.Program("DataParallel")} --exchange mpi\n", "--time=3", "--nodes=2", "--ntasks=2");
        Assert.Equal("FAILED", (await job.WaitForEndAsync()).State);
        Assert.Matches(
            "(MPI takes this process for rank 0 of 1, Slurm for rank 1 of 2|OpenMPI finds no PMIx for rank 1 of 2): start it with 'srun --mpi=pmi2'", job.Log);
    }

    private async Task EqualsStraightAsync(Cluster cluster, string folder, string program, params string[] arguments)
    {
        var straight = await cluster.MakeFolderAsync(Path.GetFileName(folder) + "-straight");
        var run = await cluster.AsUserAsync(straight, cluster.Program(program), [.. arguments, "--out", "straight.dat"]);
        Assert.True(run.ExitCode == 0, run.StandardError);
        var expected = await File.ReadAllBytesAsync(Path.Combine(straight, "straight.dat"), TestContext.Current.CancellationToken);
        Assert.NotEmpty(expected);
        Assert.Equal(expected, await File.ReadAllBytesAsync(Path.Combine(folder, "cut.dat"), TestContext.Current.CancellationToken));
    }

    // Every attempt went on at the very step at which the one before it stopped.
    private static void NothingIsLost(IReadOnlyList<AttemptStory> attempts)
    {
        for (var i = 1; i < attempts.Count; i++)
            Assert.Equal(attempts[i - 1].Events.OfType<Stopped>().Single().Step, attempts[i].Events.OfType<Resumed>().Single().Step);
    }
}
