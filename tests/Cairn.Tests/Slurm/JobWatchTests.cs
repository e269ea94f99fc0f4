using Cairn.Slurm;

namespace Cairn.Tests.Slurm;

/// <summary>What somebody who sets this machine's clock changes: nothing. The answers are a fake scontrol's.</summary>
public class JobWatchTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private static readonly SlurmJob Job = SlurmJob.FromEnvironment(name => name == "SLURM_JOB_ID" ? "17" : null)!;

    [Theory]
    [InlineData(3600)]
    [InlineData(-3600)]
    [InlineData(2)]
    public void After_a_jump_of_the_clock_the_very_next_answer_is_read_by_the_new_one(int seconds)
    {
        using var folder = new TemporaryFolder();
        var end = TimeProvider.System.GetUtcNow().AddMinutes(10);
        ExecutableFile.Write(folder["scontrol"], $"""
            #!/bin/bash
            case $2 in
                config) echo "Configuration data as of $(date +%s)"; touch "$0.told" ;;
                job) echo "   JobState=RUNNING Reason=None Dependency=(null)"; echo "   StartTime=1 EndTime={end.ToUnixTimeSeconds()} Deadline=N/A" ;;
            esac
            """);
        var time = new SetClock();
        using var watch = new JobWatch(Job, new SlurmCommands(time, scontrol: folder["scontrol"]), time, hearsPreemption: true, null, _ => { });
        watch.AwaitFirst(Patience);
        Assert.True(File.Exists(folder["scontrol.told"]));
        Assert.Equal(end, watch.Newest!.EndTime!.Value, TimeSpan.FromSeconds(1.5));

        time.Set = TimeSpan.FromSeconds(seconds);
        Assert.NotNull(watch.Ask(Patience).Status);
        Assert.Equal(end.AddSeconds(seconds), watch.Newest!.EndTime!.Value, TimeSpan.FromSeconds(1.5));
    }

    private sealed class SetClock : TimeProvider
    {
        public TimeSpan Set { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Set;
    }
}
