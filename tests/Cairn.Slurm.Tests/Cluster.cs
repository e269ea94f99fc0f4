using System.Reflection;
using CliWrap;
using CliWrap.Buffered;

[assembly: AssemblyFixture(typeof(Cairn.Slurm.Tests.Cluster))]

namespace Cairn.Slurm.Tests;

/// <summary>
/// A real Slurm of two nodes on loopback, started once for all tests by the project's scripts and gone afterwards. Jobs are
/// submitted as the ordinary user "nobody". Where it can't be had (no root, no packages) the tests are skipped with the reason;
/// in CI they fail.
/// </summary>
public sealed class Cluster : IAsyncLifetime
{
    private const string User = "65534"; // nobody
    private static readonly string Repository = Metadata("Repository");
    private readonly string folder = Path.Combine(Path.GetTempPath(), "cairn-slurm-" + Guid.NewGuid().ToString("N")[..8]);
    private string? reason;

    private IReadOnlyDictionary<string, string?> Environment => new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["SLURM_CONF"] = Path.Combine(folder, "slurm.conf"),
        ["SLURM_TIME_FORMAT"] = "%s",
        ["HOME"] = "/nonexistent",
    };

    /// <summary>Starts the cluster, and puts the programs where its user may read them.</summary>
    public async ValueTask InitializeAsync()
    {
        reason = await WhyNotAsync();
        if (reason is not null)
            return;
        var start = await Cli.Wrap(Path.Combine(Repository, "eng/slurm/start.sh")).WithArguments([folder, "cgroup", System.Environment.ProcessId.ToString()]).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
        if (start.ExitCode == 3)
        {
            reason = start.StandardError.Trim();
            return;
        }

        Assert.True(start.ExitCode == 0, start.StandardError);
        foreach (var program in (string[])["LinearModel", "Grokking"])
        {
            // As hard links where that works: they weigh 480 MB.
            var (from, to) = (Path.Combine(Repository, "examples", program, Metadata("ProgramFolder")), Path.Combine(folder, program));
            var linked = await Cli.Wrap("cp").WithArguments(["-rl", from, to]).WithValidation(CommandResultValidation.None).ExecuteAsync();
            if (linked.ExitCode != 0)
                await Cli.Wrap("cp").WithArguments(["-rf", "-T", from, to]).ExecuteAsync();
        }
    }

    /// <summary>Ends the cluster and what it started.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Directory.Exists(folder))
            await Cli.Wrap(Path.Combine(Repository, "eng/slurm/stop.sh")).WithArguments([folder]).ExecuteAsync();
    }

    /// <summary>Skips the calling test, with the reason, where there is no cluster; fails it in CI.</summary>
    public void Need()
    {
        if (reason is null)
            return;
        Assert.False(System.Environment.GetEnvironmentVariable("CI") == "true", "CI needs a real Slurm: " + reason);
        Assert.Skip(reason);
    }

    /// <summary>A program's path, as jobs see it.</summary>
    public string Program(string name) => Path.Combine(folder, name, name);

    /// <summary>A folder of a test's own that the user may write to; gone with the cluster.</summary>
    public async Task<string> MakeFolderAsync(string name)
    {
        var path = Path.Combine(folder, "work", name);
        Directory.CreateDirectory(path);
        await Cli.Wrap("chown").WithArguments([User + ":" + User, path]).ExecuteAsync();
        return path;
    }

    /// <summary>Submits a batch script.</summary>
    /// <param name="workFolder">Where it runs and writes its log, <c>job.log</c>.</param>
    /// <param name="script">The script.</param>
    public async Task<Job> SubmitAsync(string workFolder, string script)
    {
        var path = Path.Combine(workFolder, "job.sh");
        await File.WriteAllTextAsync(path, script.ReplaceLineEndings("\n"));
        var answer = await AsUserAsync(workFolder, "sbatch", "--parsable", "--output=job.log", "--open-mode=append", "--mem=500M", path);
        Assert.True(answer.ExitCode == 0, answer.StandardError);
        return new Job(this, answer.StandardOutput.Trim(), workFolder);
    }

    /// <summary>Runs a command as the user.</summary>
    public async Task<BufferedCommandResult> AsUserAsync(string workFolder, string command, params string[] arguments) =>
        await Cli.Wrap("setpriv")
            .WithArguments(["--reuid", User, "--regid", User, "--clear-groups", command, .. arguments])
            .WithWorkingDirectory(workFolder).WithEnvironmentVariables(Environment).WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(TestContext.Current.CancellationToken);

    private static string Metadata(string key) =>
        typeof(Cluster).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == key).Value!;

    private static async Task<string?> WhyNotAsync()
    {
        if (System.Environment.UserName != "root")
            return "a Slurm can be started by root only";
        foreach (var command in (string[])["slurmctld", "slurmd", "munged", "sbatch", "setpriv"])
        {
            var found = await Cli.Wrap("which").WithArguments([command]).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
            if (found.ExitCode != 0)
                return $"{command} is not installed (apt-get install slurm-wlm munge)";
        }

        return null;
    }
}
