using System.Text.RegularExpressions;

namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>A scenario's job on a real Slurm.</summary>
internal sealed partial class SlurmPlayedJob : IPlayedJob
{
    private static readonly TimeSpan AfterTheEnd = TimeSpan.FromSeconds(60);
    private readonly Cluster cluster;
    private readonly Scenario scenario;
    private readonly string? node;
    private int? frozen;
    private string? down;
    private string[] options = [];
    private Job? submitted;

    /// <param name="cluster">The cluster.</param>
    /// <param name="scenario">What is played.</param>
    /// <param name="folder">Where the job runs.</param>
    /// <param name="node">A node for this job alone, which is given back at the end.</param>
    public SlurmPlayedJob(Cluster cluster, Scenario scenario, string folder, string? node) =>
        (this.cluster, this.scenario, Folder, this.node) = (cluster, scenario, folder, node);

    public string Folder { get; }

    private Job Job => submitted!;

    public Task SubmitAsync(string[] sbatchOptions)
    {
        options = [.. sbatchOptions, .. node is not null ? [$"--nodelist={node}", "--exclusive"] : Array.Empty<string>()];
        return SubmitAsync();
    }

    public Task DoAsync(Act act) => act switch
    {
        Act.Preempt => PreemptAsync(),
        Act.Cancel => UserAsync("scancel", Job.Id),
        Act.CancelStep => UserAsync("scancel", Job.Id + ".0"),
        Act.Warn when scenario.Form == LaunchForm.Exec => UserAsync("scancel", "--batch", "--signal=USR2", Job.Id),
        Act.Warn => UserAsync("scancel", "--signal=USR2", Job.Id),
        Act.Requeue => cluster.AsRootAsync("scontrol", "requeue", Job.Id),
        Act.FailNode => FailNodeAsync(),
        Act.FreezeNode => FreezeNodeAsync(),
        Act.Suspend => cluster.AsRootAsync("scontrol", "suspend", Job.Id),
        Act.Resume => cluster.AsRootAsync("scontrol", "resume", Job.Id),
        Act.Extend => cluster.AsRootAsync("scontrol", "update", $"jobid={Job.Id}", "TimeLimit=10"),
        Act.Shorten => cluster.AsRootAsync("scontrol", "update", $"jobid={Job.Id}", "TimeLimit=2"),
        Act.LetGo => File.WriteAllTextAsync(Path.Combine(Folder, "go"), string.Empty),
        Act.Resubmit => SubmitAsync(),
        Act.Wait => Task.CompletedTask,
        _ => throw new ArgumentOutOfRangeException(nameof(act), act, "not known here"),
    };

    public async Task WaitForShareOfLimitAsync(double share)
    {
        var show = await Job.ShowAsync();
        var started = DateTimeOffset.FromUnixTimeSeconds(long.Parse(StartTime().Match(show).Groups["seconds"].Value));
        await WaitAsync(() => TimeProvider.System.GetUtcNow() > started + TimeSpan.FromMinutes(share), "the limit");
    }

    public async Task WaitAsync(Func<bool> condition, string what)
    {
        // A process that outlives its job, on a node that was cut off, may say so after the job's end.
        var ended = default(DateTimeOffset?);
        await Job.WaitAsync(
            condition, what, status => Slurm.Tests.Job.HasEnded(status) && TimeProvider.System.GetUtcNow() > (ended ??= TimeProvider.System.GetUtcNow()) + AfterTheEnd);
    }

    public async Task<JobEnd> WaitForEndAsync()
    {
        var status = await Job.WaitForEndAsync();
        if (status.State is "CANCELLED" or "PREEMPTED" or "FAILED")
        {
            // Nothing of it is alive, and by the time that another job has come and gone Slurm has had its queue through its hands.
            await UserAsync("sbatch", ["--wait", "--mem=100M", "--output=/dev/null", "--wrap=true", .. node is null ? Array.Empty<string>() : ["--partition=high", $"--nodelist={node}"]]);
            status = await Job.WaitAsync(_ => true, "an answer");
        }

        var code = ExitCode().Match(await Job.ShowAsync()).Groups["code"].Value;
        return new(status.State, status.Restarts, int.Parse(code));
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (frozen is { } slurmd)
                await cluster.AsRootAsync("kill", "-CONT", slurmd.ToString());
            if (submitted is not null)
                await submitted.CommandAsync("scancel", submitted.Id);
            if (down is not null)
                await cluster.AsRootAsync("scontrol", "update", $"nodename={down}", "state=resume");
        }
        finally
        {
            if (node is not null)
                cluster.GiveBack(node);
            if (scenario.Partition == "fragile")
                cluster.GiveBackFragile();
        }
    }

    private async Task SubmitAsync()
    {
        submitted = await cluster.SubmitAsync(Folder, scenario.Form.Script(cluster.Program(scenario.ProgramOn(Stage.Slurm)), scenario.Trainer), options);
        if (scenario.ArrayTask is { } task)
            submitted = new Job(cluster, $"{submitted.Id}_{task}", Folder);
    }

    private async Task UserAsync(string command, params string[] arguments)
    {
        var answer = await cluster.AsUserAsync(Folder, command, arguments);
        Assert.True(answer.ExitCode == 0, answer.StandardError);
    }

    private async Task PreemptAsync() =>
        await UserAsync("sbatch", "--partition=high", $"--nodelist={node}", "--exclusive", "--output=/dev/null", "--wrap=true");

    private async Task FailNodeAsync()
    {
        down = await Job.HostAsync();
        await cluster.AsRootAsync("scontrol", "update", $"nodename={down}", "state=down", "reason=test");
    }

    private async Task FreezeNodeAsync()
    {
        frozen = cluster.Slurmd(await Job.HostAsync());
        await cluster.AsRootAsync("kill", "-STOP", frozen.Value.ToString());
        await FailNodeAsync();
    }

    [GeneratedRegex(" ExitCode=(?<code>[0-9]+):", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex ExitCode();

    [GeneratedRegex("StartTime=(?<seconds>[0-9]+) ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex StartTime();
}
