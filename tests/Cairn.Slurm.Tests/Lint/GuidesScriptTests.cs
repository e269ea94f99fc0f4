using System.Text.RegularExpressions;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Slurm.Tests.Lint;

/// <summary>
/// The batch script of the checkpointing guide: linted, mended by --fix, filled in, and run into its limit. Its program is
/// the guide's pattern with the standard library alone.
/// </summary>
[Trait("Category", "slow")]
public partial class GuidesScriptTests(Clusters clusters)
{
    private static string GuidesScript => Path.Combine(Clusters.Repository, "tests/Cairn.Cli.Tests/Lint/Corpus/unsound/guide.sh");

    [Fact]
    public async Task The_mended_script_survives_its_limit()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("lint-guide");
        var script = Path.Combine(folder, "job.sh");
        File.Copy(GuidesScript, script);

        var before = await LintAsync(folder, script);
        Assert.True(before.ExitCode == 1, $"{before.ExitCode}: {before.StandardError}");
        Assert.True(RuleIds().Count(before.StandardOutput) >= 4, before.StandardOutput);
        await LintAsync(folder, "--fix", script);
        await FillInAsync(folder, script);
        var after = await LintAsync(folder, script);
        Assert.True(after.ExitCode == 0, after.StandardOutput + after.StandardError);

        var job = await SubmitAsync(cluster, folder, script);
        var status = await job.WaitForEndAsync();
        Assert.True(status.State == "COMPLETED", job.Log);
        Assert.True(status.Restarts >= 1, job.Log);
        // All attempts are in one log, and none began from the start but the first.
        Assert.Equal(status.Restarts, Requeues().Count(job.Log));
        Assert.Equal(status.Restarts, Resumes().Count(job.Log));
        Assert.Contains("training complete", job.Log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Partitions_are_read_from_the_cluster()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("lint-partitions");
        var script = Path.Combine(folder, "job.sh");
        await File.WriteAllTextAsync(script, "#!/bin/bash\n#SBATCH --partition=nowhere --time=10\nhostname\n", TestContext.Current.CancellationToken);
        var linted = await LintAsync(folder, script);
        Assert.True(linted.ExitCode == 1, $"{linted.ExitCode}: {linted.StandardError}");
        Assert.Contains("no partition 'nowhere'", linted.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("fragile", linted.StandardOutput, StringComparison.Ordinal);
    }

    // Three minutes instead of ten, and a program that takes longer than that: 200 steps of 0.95 s.
    private static async Task FillInAsync(string folder, string script)
    {
        var logs = Directory.CreateDirectory(Path.Combine(folder, "logs")).FullName;
        File.SetUnixFileMode(logs, (UnixFileMode)0b111_111_111);
        var text = await File.ReadAllTextAsync(script);
        await File.WriteAllTextAsync(script, text
            .Replace("<PARTITION>", "main", StringComparison.Ordinal)
            .Replace("/path/to/logs", logs, StringComparison.Ordinal)
            .Replace("00:10:00", "00:03:00", StringComparison.Ordinal));
        File.Copy(Path.Combine(Clusters.Repository, "tests/Programs/GuidePython/train.py"), Path.Combine(folder, "train.py"));
        await File.WriteAllTextAsync(
            Path.Combine(folder, "checkpointing_example.py"),
            "import runpy, sys\nsys.argv = ['train.py', '200', '0.95']\nrunpy.run_path('train.py', run_name='__main__')\n");
        File.CreateSymbolicLink(Path.Combine(folder, "python"), "/usr/bin/python3");
    }

    // Without Cluster.SubmitAsync, which says --open-mode and --output itself.
    private static async Task<Job> SubmitAsync(Cluster cluster, string folder, string script)
    {
        await Machine.WaitForRoomAsync(3);
        var answer = await cluster.AsUserAsync(folder, "sbatch", "--parsable", $"--export=ALL,PATH={folder}:/usr/bin:/bin", script);
        Assert.True(answer.ExitCode == 0, answer.StandardError);
        var id = answer.StandardOutput.Trim();
        return new(cluster, id, folder, $"logs/checkpointing_example_{id}.out");
    }

    // On the cluster whose folder holds the test's.
    private static async Task<BufferedCommandResult> LintAsync(string folder, params string[] arguments) =>
        await CliWrap.Cli.Wrap(Clusters.CommandLine).WithArguments(["lint", .. arguments]).WithEnvironmentVariables(variables => variables.Set("SLURM_CONF", Path.GetFullPath("../../slurm.conf", folder)))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);

    [GeneratedRegex("CAIRN[0-9]{3}", RegexOptions.None, 1000)]
    private static partial Regex RuleIds();

    [GeneratedRegex("^requeueing job", RegexOptions.Multiline, 1000)]
    private static partial Regex Requeues();

    [GeneratedRegex("^resumed from step", RegexOptions.Multiline, 1000)]
    private static partial Regex Resumes();
}
