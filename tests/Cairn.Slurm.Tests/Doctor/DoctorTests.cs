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
                ("job", "in main, its first start"),
                ("end", "UTC, in "),
                ("requeue", "may not be requeued as it was submitted"),
            ],
            one => Assert.Contains(checks, check => check.GetProperty("check").GetString() == one.Check && check.GetProperty("says").GetString()!.Contains(one.Says, StringComparison.Ordinal)));
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
