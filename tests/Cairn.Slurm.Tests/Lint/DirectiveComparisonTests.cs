using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Slurm.Tests.Lint;

/// <summary>What lint says that sbatch refuses, and what the installed sbatch refuses: over some hundred generated directives.</summary>
public class DirectiveComparisonTests(Clusters clusters)
{
    // What the cluster cannot give is no fault of the directive.
    private static readonly string[] OfTheCluster = ["is not available", "generic resource", "time-min specification (exceeds", "feature specification", "invalid partition", "Invalid account", "Invalid qos", "--gres or --gpus", "reservation"];

    private static readonly string[] Numbers = ["0", "1", "2", "+1", "01", "two", "1k", "1.5", "-1", "1x", "1-2", "1,2", "''", "=1"];

    private static readonly (string Options, string[] Values)[] Grids =
    [
        ("ntasks cpus-per-task ntasks-per-node ntasks-per-core ntasks-per-socket mincpus sockets-per-node cores-per-socket threads-per-core", Numbers),
        ("nodes", [.. Numbers, "2-1", "64-16", "1-1", "1-2-3", "2:2", "1-1k", "x"]),
        ("mem mem-per-cpu tmp", [.. Numbers, "4G", "4g", "4GB", "4gb", "4K", "4M", "4.5G", "4GiB", "4Gi", "4P", "4B", "G", "4G,", "MaxMemPerNode"]),
        ("time", [.. Numbers, "90", "10:00", "1:00:00", "1-12", "1-", "1-12:30", "1-12:30:00", "1:2:3:4", "12h", "20s", "1d", "infinite", "INFINITE", "UNLIMITED", "inf", ":30", "1:", "1-1:", "1:00:00-1", "1:60:00", "00", "1-2-3"]),
        ("signal", [.. from flags in (string[])["", "B:", "R:", "BR:", "RB:", "B"] from name in (string[])["USR1", "SIGUSR2", "usr1", "10", "IO", "USR3"] select flags + name,
            "USR1@60", "USR1@", "USR1@0", "USR1@60s", "USR1@2m", "USR1@65535", "USR1@70000", "USR1@-5", "USR1@+5", "65@60", "0", "-1", "10x", "TERM", "INT", "HUP", "QUIT", "ABRT", "KILL", "ALRM", "CONT",
            "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "SEGV", "PIPE", "CHLD", "WINCH", "PROF", "PWR", "SYS", "RTMIN", "@60", "B:", "USR1,60", "USR1:60"]),
        ("array", ["1", "1-3", "1,3", "1-3,7", "1-9:2", "1-9:0", "1-9:x", "3-1", "10-1", "1-", "-3", "x", "1.5", "[1-3]", "[1-3]%2", "[2],[5]", "[1-20%4]", "[1-3", "[1-3]]", "[[1-3]]", "1-3%", "1-3%2", "1-3%%2", "1-3%x", "%2", "01-03", "+1", "1,,3"]),
        ("mail-type", ["FAIL", "fail", "FAILED", "END,FAIL", "END,,FAIL", "END|FAIL", "ALL", "NONE", "TIMEOUT", "TIME_LIMIT_80", "TIME_LIMIT_70", "ARRAY_TASKS", "INVALID_DEPEND", "ABORT", "REQUEUE", "bae", "\"END, FAIL\""]),
        ("open-mode", ["append", "truncate", "a", "T", "apend", "x", "overwrite", "''"]),
        ("exclusive", ["user", "USER", "mcs", "exclusive", "foo", "yes", "1"]),
    ];

    private static readonly string[] Lines =
    [
        "-n 2", "-n2", "-n=2", "-N=1", "-t", "-t 10", "-t10", "-vv", "-vvn2", "-Hn2 -t5", "-Y", "-Y 1", "--", "-", "main", "--time=5 main", "--time = 5", "--time= 5", "--time 5",
        "--gpu=1", "--cpus=2", "--ntask=2", "--tasks=2", "--part=main", "--cpu-per-task=2", "--job_name=x", "--outptu=x", "--image=x", "--container-image=x", "--ear=on", "--uenv=x", "--x11", "--requeue=1", "--no-kill=off", "--nice=5",
        "--job-name", "--job-name=\"my job\"", "--job-name=my job", "--job-name=\"my job", "--job-name='a", "--job-name=a#b", "--ntasks=2# how many", "--ntasks=2 # how many", "--comment=a\\ b", "--exclusive", "--exclusive --nodes=1",
        "-p\n#SBATCH main", "--job-name\n#SBATCH --time=5", "--time=5\n#SBATCH main", "-J\n\n# c\n#SBATCH x --time=3", "--mem\n#SBATCH 1G --time=3", "hetjob", "--time=1\n#SBATCH hetjob\n#SBATCH --time=2", "--job-name\n#SBATCH hetjob\n#SBATCH x",
    ];

    [Fact]
    public async Task Lint_and_sbatch_refuse_the_same_directives()
    {
        var cluster = await clusters.NeedAsync();
        var folder = await cluster.MakeFolderAsync("lint-comparison");
        string[] directives = [.. from grid in Grids from option in grid.Options.Split(' ') from value in grid.Values select $"--{option}={value}", .. Lines];
        foreach (var (index, directive) in directives.Index())
            await File.WriteAllTextAsync(Path.Combine(folder, $"{index:0000}.sh"), $"#!/bin/bash\n#SBATCH {directive}\nhostname\n", TestContext.Current.CancellationToken);
        var refused = await RefusedAsync(cluster, folder);
        var found = await FoundAsync(folder);

        Assert.True(directives.Length >= 300, $"only {directives.Length}");
        var different = directives.Index().Where(one => refused.ContainsKey(one.Index) != found.Contains(one.Index)).ToArray();
        Assert.True(different.Length == 0, string.Join('\n', different.Select(one => $"#SBATCH {one.Item}: sbatch {(refused.TryGetValue(one.Index, out var words) ? words : "takes it")}")));
        // It can fail: there is enough of both.
        Assert.InRange(refused.Count, 100, directives.Length - 100);
    }

    private static async Task<Dictionary<int, string>> RefusedAsync(Cluster cluster, string folder)
    {
        var answer = await cluster.AsUserAsync(folder, "bash", ["-c", "for f in *.sh; do words=$(sbatch --test-only $f 2>&1) || echo \"$f ${words//$'\\n'/ }\"; done"]);
        return answer.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => !Array.Exists(OfTheCluster, word => line.Contains(word, StringComparison.Ordinal)))
            .ToDictionary(line => int.Parse(line[..4], System.Globalization.CultureInfo.InvariantCulture), line => line[8..]);
    }

    // What only a plugin can know is no error, and is refused where no plugin is, as here.
    private static async Task<HashSet<int>> FoundAsync(string folder)
    {
        var files = Directory.GetFiles(folder, "*.sh").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);
        var answer = await CliWrap.Cli.Wrap(Clusters.CommandLine).WithArguments(["lint", "--format", "json", .. files]).WithWorkingDirectory(folder)
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        using var report = JsonDocument.Parse(answer.StandardOutput);
        return [.. from file in report.RootElement.GetProperty("files").EnumerateArray()
                   where file.GetProperty("findings").EnumerateArray().Any(finding => finding.GetProperty("rule").GetString() is "CAIRN001" or "CAIRN008" or "CAIRN014")
                   select int.Parse(file.GetProperty("path").GetString()![..4], System.Globalization.CultureInfo.InvariantCulture)];
    }
}
