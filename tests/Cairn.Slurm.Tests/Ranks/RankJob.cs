using System.Globalization;
using Cairn.Attempts;
using CliWrap;

namespace Cairn.Slurm.Tests.Ranks;

/// <summary>A row's job, the place that it takes on the cluster, and what is done to it.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="row">The row.</param>
/// <param name="folder">Where the job runs.</param>
internal sealed class RankJob(Cluster cluster, RankRow row, string folder) : IAsyncDisposable
{
    /// <summary>How many steps are trained.</summary>
    public const int Steps = 1500;

    /// <summary>A step that all have come to when something is done to them.</summary>
    private const int Begun = 60;

    private const int MostTries = 240;
    private readonly List<string> nodes = [];
    private bool isFragile;
    private string? down;

    /// <summary>The job.</summary>
    public Job Job { get; private set; } = null!;

    /// <summary>Submits it once there is a place, and waits until all ranks train, and until the checkpoint that a crash is to leave is there, and told of.</summary>
    public async Task BeginAsync()
    {
        string[] place = [];
        switch (row.Place)
        {
            case Place.Preemptible:
                for (var i = 0; i < 2; i++)
                    nodes.Add(await cluster.TakePreemptibleNodeAsync());
                place = ["--partition=low", $"--nodelist={string.Join(',', nodes)}", "--exclusive"];
                break;
            case Place.Fragile:
                await cluster.TakeFragileAsync();
                isFragile = true;
                place = ["--partition=fragile"];
                break;
        }

        await SubmitAsync(place);
        await Job.WaitForLogAsync($": step {Begun}\n", row.Ranks);
        if (row.Trainer.StartsWith("--save-every", StringComparison.Ordinal))
            await Job.WaitAsync(() => AttemptStory.ReadAll(Path.Combine(folder, "checkpoints")).Any(attempt => attempt.Events.OfType<Saved>().Any()), "the first checkpoint");
    }

    /// <summary>Submits it, or the same once more.</summary>
    public async Task SubmitAsync(params string[] place)
    {
        var path = "";
        if (row.BeforeScontrol is { } line)
        {
            Directory.CreateDirectory(Path.Combine(folder, "bin"));
            var scontrol = Path.Combine(folder, "bin", "scontrol");
            await File.WriteAllTextAsync(scontrol, $"#!/bin/bash\n{line}\nPATH=${{PATH#*:}} exec scontrol \"$@\"\n");
            File.SetUnixFileMode(scontrol, (UnixFileMode)0b111_101_101);
            path = "PATH=$PWD/bin:$PATH ";
        }

        // What is left after the stop goes as fast as it can.
        var script = $"""
            #!/bin/bash
            export RANK_TRAINER_SHARED=$PWD/shared
            {path}srun {row.Srun} {cluster.Program("RankTrainer")} --folder checkpoints --steps {Steps} --say {Begun} --step-ms $((SLURM_RESTART_COUNT ? 0 : 40)) {row.Trainer}
            """;
        var tasks = row.Tasks ?? ["--nodes=2", $"--ntasks={row.Ranks}", $"--ntasks-per-node={row.Ranks / 2}"];
        Job = await cluster.SubmitAsync(folder, script, [$"--time={row.Minutes}", .. place, .. tasks]);
    }

    /// <summary>Warns all tasks at once, as Slurm does.</summary>
    public Task WarnAllAsync() => Job.MustAsync("scancel", "--signal=USR2", Job.Id);

    /// <summary>Sends a signal to one rank of the first attempt; nothing where that has ended. Both nodes are on this machine.</summary>
    public async Task SignalAsync(int rank, string signal)
    {
        var words = $"rank {rank} is process ";
        var process = int.Parse(Job.Log.Split(words)[1].Split('\n')[0], CultureInfo.InvariantCulture);
        await Cli.Wrap("kill").WithArguments(["-" + signal, $"{process}"]).WithValidation(CommandResultValidation.None).ExecuteAsync();
    }

    /// <summary>Has another job come for one of its nodes.</summary>
    public Task PreemptAsync() => Job.MustAsync("sbatch", "--partition=high", $"--nodelist={nodes[0]}", "--exclusive", "--time=1", "--output=/dev/null", "--wrap=true");

    /// <summary>Sets a node down, that of rank 0 or the other one, and lets the job go on elsewhere.</summary>
    public async Task FailNodeAsync(bool ofRank0)
    {
        var host = await Job.HostAsync();
        down = ofRank0 ? host : host[..^1] + (host[^1] == '1' ? '2' : '1');
        await cluster.AsRootAsync("scontrol", "update", $"nodename={down}", "state=down", "reason=test");
        await Job.WaitAsync(status => status.Restarts == 1, "Slurm's requeue");

        // Refused as long as its old processes have not ended.
        string[] elsewhere = ["scontrol", "update", $"jobid={Job.Id}", "partition=main"];
        for (var tries = 0; tries < MostTries && await Job.CommandAsync(elsewhere) != 0; tries++)
            await Task.Delay(TimeSpan.FromSeconds(0.5), TestContext.Current.CancellationToken);
        await Job.MustAsync(elsewhere);
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (Job is not null)
                await Job.CommandAsync("scancel", Job.Id); // nothing where it has ended
            if (down is not null)
                await cluster.AsRootAsync("scontrol", "update", $"nodename={down}", "state=resume");
        }
        finally
        {
            foreach (var node in nodes)
                cluster.GiveBack(node);
            if (isFragile)
                cluster.GiveBackFragile();
        }
    }
}
