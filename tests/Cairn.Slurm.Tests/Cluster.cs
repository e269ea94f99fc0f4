using System.Collections.Concurrent;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Slurm.Tests;

/// <summary>
/// A real Slurm on loopback, started by the project's scripts (their heads say which nodes and partitions it has). Jobs are
/// submitted as the ordinary user "nobody"; what only an operator may do is done as root.
/// </summary>
public sealed class Cluster : IAsyncDisposable
{
    private const string User = "65534"; // nobody
    private static readonly (string Name, string Folder)[] Programs =
    [
        ("LinearModel", Clusters.Built("examples/LinearModel")),
        ("Grokking", Clusters.Built("examples/Grokking")),
        ("DataParallel", Clusters.Built("examples/DataParallel")),
        ("ScenarioTrainer", TestProgram.FolderOf("ScenarioTrainer")),
        ("TorchScenarioTrainer", TestProgram.FolderOf("TorchScenarioTrainer")),
        ("RankTrainer", TestProgram.FolderOf("RankTrainer")),
    ];

    private readonly string folder = Path.Combine(Path.GetTempPath(), "cairn-slurm-" + Guid.NewGuid().ToString("N")[..8]);
    private readonly SemaphoreSlim freePreemptible = new(6);
    private readonly SemaphoreSlim freeFragile = new(1);
    private readonly ConcurrentQueue<string> preemptible = [];

    private readonly JobList jobs;

    private Cluster() => jobs = new(async () => (await AsRootAsync("scontrol", "show", "job")).StandardOutput);

    /// <summary>Why there is none on this machine; null when there is.</summary>
    public string? Missing { get; private set; }

    private IReadOnlyDictionary<string, string?> Variables => new Dictionary<string, string?>(StringComparer.Ordinal)
    {
        ["SLURM_CONF"] = Path.Combine(folder, "slurm.conf"),
        ["SLURM_TIME_FORMAT"] = "%s",
        ["HOME"] = "/nonexistent",
        ["TMPDIR"] = Temporary, // what is killed leaves its temporary files behind
    };

    private string Temporary => Path.Combine(folder, "tmp");

    /// <summary>Starts a cluster, and puts the programs where its user may read them.</summary>
    public static async Task<Cluster> StartAsync(string tracker, params string[] settings)
    {
        var cluster = new Cluster { Missing = await WhyNotAsync() };
        if (cluster.Missing is not null)
            return cluster;
        var start = await Cli.Wrap(Path.Combine(Clusters.Repository, "eng/slurm/start.sh"))
            .WithArguments([cluster.folder, tracker, Environment.ProcessId.ToString(), .. settings])
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync();
        if (start.ExitCode == 3)
        {
            cluster.Missing = start.StandardError.Trim();
            return cluster;
        }

        Assert.True(start.ExitCode == 0, start.StandardError);
        foreach (var (name, from) in Programs)
        {
            // As hard links where that works: they weigh 480 MB.
            var to = Path.Combine(cluster.folder, name);
            var linked = await Cli.Wrap("cp").WithArguments(["-rl", from, to]).WithValidation(CommandResultValidation.None).ExecuteAsync();
            if (linked.ExitCode != 0)
                await Cli.Wrap("cp").WithArguments(["-rf", "-T", from, to]).ExecuteAsync();
        }

        Directory.CreateDirectory(cluster.Temporary);
        await Cli.Wrap("chmod").WithArguments(["1777", cluster.Temporary]).ExecuteAsync();
        var nodes = await cluster.AsRootAsync("sinfo", "-h", "-N", "-p", "low", "-o", "%N");
        foreach (var node in nodes.StandardOutput.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            cluster.preemptible.Enqueue(node);
        return cluster;
    }

    /// <summary>Ends the cluster and what it started.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Directory.Exists(folder))
            await Cli.Wrap(Path.Combine(Clusters.Repository, "eng/slurm/stop.sh")).WithArguments([folder]).ExecuteAsync();
    }

    /// <summary>A program's path, as jobs see it.</summary>
    public string Program(string name) => Path.Combine(folder, name, name);

    /// <summary>The process id of a node's slurmd.</summary>
    public int Slurmd(string node) => int.Parse(File.ReadAllText(Path.Combine(folder, "run", $"slurmd.{node}.pid")));

    /// <summary>A node of the preemptible partitions for one job alone, so that its preemption meets no other; give it back.</summary>
    public async Task<string> TakePreemptibleNodeAsync()
    {
        await freePreemptible.WaitAsync(TestContext.Current.CancellationToken);
        Assert.True(preemptible.TryDequeue(out var node));
        return node;
    }

    /// <summary>The partition <c>fragile</c> for one job alone, since with one of its nodes down it has but one; give it back.</summary>
    public Task TakeFragileAsync() => freeFragile.WaitAsync(TestContext.Current.CancellationToken);

    /// <summary>Gives it back.</summary>
    public void GiveBackFragile() => freeFragile.Release();

    /// <summary>Gives a node back.</summary>
    public void GiveBack(string node)
    {
        preemptible.Enqueue(node);
        freePreemptible.Release();
    }

    /// <summary>A folder of a test's own that the user may write to; gone with the cluster.</summary>
    public async Task<string> MakeFolderAsync(string name)
    {
        var path = Path.Combine(folder, "work", name);
        Assert.False(Directory.Exists(path), $"two tests would share the folder {name}");
        Directory.CreateDirectory(path);
        await Cli.Wrap("chown").WithArguments([User + ":" + User, path]).ExecuteAsync();
        return path;
    }

    /// <summary>Submits a batch script, once there is room on the machine; as the next where its folder had a job before.</summary>
    /// <param name="workFolder">Where it runs and writes its log, <c>job.log</c>.</param>
    /// <param name="script">The script.</param>
    /// <param name="options">Options of sbatch; who has taken a node, or the partition <c>fragile</c>, names it here.</param>
    public async Task<Job> SubmitAsync(string workFolder, string script, params string[] options)
    {
        var path = Path.Combine(workFolder, "job.sh");
        var holds = File.Exists(path) || options.Any(option => option is "--partition=fragile" || option.StartsWith("--nodelist=", StringComparison.Ordinal));
        await Machine.WaitForRoomAsync(holds ? Machine.Next : Machine.MinutesOf(string.Join('\n', [.. options, script])));
        await File.WriteAllTextAsync(path, script.ReplaceLineEndings("\n"));
        var answer = await AsUserAsync(workFolder, "sbatch", ["--parsable", "--output=job.log", "--open-mode=append", "--mem=500M", .. options, path]);
        Assert.True(answer.ExitCode == 0, answer.StandardError);
        return new Job(this, answer.StandardOutput.Trim(), workFolder);
    }

    /// <summary>What Slurm says of a job, in its words.</summary>
    public Task<string> ShowJobAsync(string id) => jobs.ShowAsync(id);

    /// <summary>Runs a command as the user.</summary>
    public async Task<BufferedCommandResult> AsUserAsync(string workFolder, string command, params string[] arguments) =>
        await Cli.Wrap("setpriv")
            .WithArguments(["--reuid", User, "--regid", User, "--clear-groups", command, .. arguments])
            .WithWorkingDirectory(workFolder).WithEnvironmentVariables(Variables).WithValidation(CommandResultValidation.None)
            .ExecuteBufferedAsync(TestContext.Current.CancellationToken);

    /// <summary>Runs a command as the operator.</summary>
    public async Task<BufferedCommandResult> AsRootAsync(string command, params string[] arguments)
    {
        var answer = await Cli.Wrap(command).WithArguments(arguments).WithEnvironmentVariables(Variables)
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.True(answer.ExitCode == 0, $"{command} {string.Join(' ', arguments)}: {answer.StandardError}");
        return answer;
    }

    private static async Task<string?> WhyNotAsync()
    {
        if (Environment.UserName != "root")
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
