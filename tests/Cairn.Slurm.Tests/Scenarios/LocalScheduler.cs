namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>Scenarios on <c>cairn local</c>, as a program of its own, that imitates the release that is installed here.</summary>
internal sealed class LocalScheduler : IScheduler
{
    public async Task<IPlayedJob> SubmitAsync(Scenario scenario)
    {
        await Machine.WaitForRoomAsync(scenario.Minutes);
        var folder = Directory.CreateTempSubdirectory("cairn-play-").FullName;
        var script = Path.Combine(folder, "job.sh");
        var program = TestProgram.At(scenario.ProgramOn(Stage.Local));
        await File.WriteAllTextAsync(script, scenario.Form.Script(program, scenario.Trainer), TestContext.Current.CancellationToken);
        var job = new LocalPlayedJob(folder, scenario.Form, [
            "local", "--slurm", await Clusters.ReleaseAsync(), "--output", "job.log", "--report", "report.json", "--requeue-delay", "1s", "--kill-wait", "10s",
            "--time", scenario.RunsOut ? $"{LocalPlayedJob.Limit.TotalSeconds}s" : $"{scenario.Minutes}m",
            .. scenario.Warning is { } warning ? ["--signal", warning + "@20s"] : Array.Empty<string>(),
            .. scenario.Requeue ?? scenario.Setup != Setup.UserSignal ? Array.Empty<string>() : ["--no-requeue"],
            .. scenario.ArrayTask is { } task ? ["--array-task", task.ToString()] : Array.Empty<string>(),
            .. scenario.Tasks > 1 ? ["--ntasks", scenario.Tasks.ToString()] : Array.Empty<string>(),
            .. scenario.Partition is "low" or "cancel" ? ["--grace", "20s"] : Array.Empty<string>(),
            .. scenario.Partition == "cancel" ? ["--preempt-mode", "cancel"] : Array.Empty<string>(),
            .. scenario.Setup == Setup.UserSignal ? ["--preempt-signal"] : Array.Empty<string>(),
            script,
        ]);
        job.Start();
        return job;
    }
}
