using System.Text.Json;
using CliWrap;

namespace Cairn.Slurm.Tests.Doctor;

/// <summary><c>cairn doctor</c> inside real jobs: it says who will hear the warning, and when the job ends.</summary>
[Trait("Category", "slow")]
public class DoctorTests(Clusters clusters)
{
    [Theory]
    [InlineData("task", "srun $CAIRN", "ok", "a task of srun")]
    [InlineData("child", "$CAIRN", "warning", "a child of the batch shell")]
    [InlineData("exec", "exec $CAIRN", "note", "in the batch shell's place")]
    [InlineData("task-child", "srun bash -c \"$CAIRN; exit 0\"", "warning", "a child of a task")]
    public async Task It_says_who_will_hear_the_warning(string form, string launch, string verdict, string says)
    {
        var checks = await InJobAsync("doctor-" + form, $"#!/bin/bash\n#SBATCH --time=5\n{launch}\n");
        var hears = checks.Single(one => one.GetProperty("check").GetString() == "who hears");
        Assert.Equal(verdict, hears.GetProperty("verdict").GetString());
        Assert.StartsWith(says, hears.GetProperty("says").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_reads_the_cluster_and_the_job()
    {
        var checks = await InJobAsync("doctor-facts", "#!/bin/bash\n#SBATCH --time=5 --no-requeue\nsrun $CAIRN\n");
        Assert.All(
            (IEnumerable<(string Check, string Says)>)
            [
                ("ProctrackType", "proctrack/cgroup"),
                ("JobRequeue", "1:"),
                ("requeue delay", "about 5 s"),
                ("KillWait", "30 s"),
                ("preemption", "preempt/partition_prio, PreemptMode=REQUEUE; it begins with TERM"),
                ("partitions", "main (default)"),
                ("KillOnBadExit", "0: when a task of a step dies"),
                ("WaitTime", "0: a task that has ended"),
                ("MPI", "pmi2"),
                ("ports", "none are reserved"),
                ("job", "in main, its first start"),
                ("end", "UTC, in "),
                ("requeue", "may not be requeued as it was submitted"),
            ],
            one => Assert.Contains(checks, check => check.GetProperty("check").GetString() == one.Check && check.GetProperty("says").GetString()!.Contains(one.Says, StringComparison.Ordinal)));
    }

    // Beside a step that has all of the job's processors.
    [Fact]
    public async Task Each_node_of_a_job_tries_whether_it_reaches_the_one_that_asks()
    {
        var checks = await InJobAsync("doctor-hub", "#!/bin/bash\n#SBATCH --time=5 --nodes=2 --ntasks-per-node=2\nsrun --exact bash -c 'touch busy; exec sleep 300' &\nuntil [[ -e busy ]]; do sleep 0.1; done\n$CAIRN\nkill -TERM $!\n");
        var hub = Assert.Single(checks, one => one.GetProperty("check").GetString() == "hub");
        Assert.Equal("ok", hub.GetProperty("verdict").GetString());
        Assert.Matches("^[a-z0-9]+-n1, [a-z0-9]+-n2: this machine is reached as ", hub.GetProperty("says").GetString());
    }

    [Theory]
    [InlineData("one", "--nodes=1 --ntasks=2", "$CAIRN")]
    [InlineData("step", "--nodes=2 --ntasks-per-node=1", "srun --nodes=1 --ntasks=1 $CAIRN")]
    public async Task On_one_node_or_in_a_step_nothing_is_tried(string name, string options, string launch)
    {
        var checks = await InJobAsync("doctor-hub-" + name, $"#!/bin/bash\n#SBATCH --time=5 {options}\n{launch}\n");
        Assert.DoesNotContain(checks, one => one.GetProperty("check").GetString() == "hub");
    }

    // Runs `$CAIRN` in a job. Not into the log: srun says there, in mid-line, that a task ended with a code.
    private async Task<JsonElement[]> InJobAsync(string name, string script)
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync(name);

        // Where the job's user may read it.
        var program = Path.Combine(folder, "cairn");
        await Cli.Wrap("cp").WithArguments(["-rL", Path.GetDirectoryName(Clusters.CommandLine)!, program]).ExecuteAsync(TestContext.Current.CancellationToken);
        var command = $"{program}/{Path.GetFileName(Clusters.CommandLine)} doctor --no-speed --format json > doctor.json";
        var job = await cluster.SubmitAsync(folder, script.Replace("$CAIRN", command, StringComparison.Ordinal));
        await job.WaitForEndAsync();
        var report = Path.Combine(folder, "doctor.json");
        Assert.True(File.Exists(report), job.Log);
        return [.. JsonDocument.Parse(await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken)).RootElement.GetProperty("checks").EnumerateArray()];
    }
}
