using System.Text.Json;
using Cairn.Attempts;
using Cairn.Cli.Tests.Running;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Stopping;

/// <summary><c>cairn stop</c> and <c>cairn resume</c> without a queue that could hold a job; with one: Cairn.Slurm.Tests.</summary>
public sealed class StopTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    [Fact]
    public async Task A_wrapped_job_saves_and_ends_and_does_not_come_back()
    {
        _sandbox.Script(
            "train.sh",
            "trap 'printf \"{\\\"says\\\":\\\"stopped\\\",\\\"attempt\\\":1,\\\"step\\\":40}\" > \"$CAIRN_SAYS_DIR/1.json\"; exit 75' USR2\n: > ready\nwhile :; do sleep 0.1; done\n");
        var (_, running) = _sandbox.LocalInBackground(["--requeue-delay", "200ms", "--checkpoint-dir", "ck", "--time", "2h", "--", Sandbox.Program, "run", "--", "bash", "train.sh"]);
        await Sandbox.Until(() => File.Exists(_sandbox.At("ready")), "the program");
        var (commands, id) = await _sandbox.SaidOfJob();
        var stopped = await RunAsync(commands, "stop", id, "--format", "json");
        Assert.True(stopped.ExitCode == 0, stopped.StandardError);
        Assert.Contains($"job {id} is asked to save and stop, by {_sandbox.At("ck/.cairn-run")}", stopped.StandardError, StringComparison.Ordinal);
        using (var report = JsonDocument.Parse(stopped.StandardOutput))
            Assert.Equal((id, "stopped", 40), (report.RootElement.GetProperty("job").GetString(), report.RootElement.GetProperty("did").GetString(), report.RootElement.GetProperty("saved_step").GetInt32()));
        Assert.Equal(143, (await running).ExitCode);

        // The cluster is gone with it.
        var again = await RunAsync(null, "stop", "ck");
        Assert.Equal((0, $"job {id} has ended already: nothing was done\n"), (again.ExitCode, again.StandardOutput));
        var mark = Assert.Single(Directory.GetFiles(_sandbox.At("ck/.cairn-run"), "stop", SearchOption.AllDirectories));
        var resumed = await RunAsync(null, "resume", "ck");
        Assert.Equal(69, resumed.ExitCode);
        Assert.Contains($"job {id} is free to go on, but not in the queue: Slurm does not know it any more, and no record of cairn submit below {_sandbox.Folder} names it; submit the same script again", resumed.StandardError, StringComparison.Ordinal);
        Assert.False(File.Exists(mark));
    }

    [Fact]
    public async Task A_run_of_the_library_without_Slurm_is_stopped_by_its_file()
    {
        // This process is the run, as far as its journal tells.
        var folder = Directory.CreateDirectory(_sandbox.At("ck/attempts")).Parent!.FullName;
        Journal.Append(
            AttemptFiles.Journal(folder, 1),
            new AttemptStarted(TimeProvider.System.GetUtcNow(), 1, null, 0, null, 1, ProcessIdentity.Current, "train", "1.0"),
            new Saved(TimeProvider.System.GetUtcNow(), 30, "schedule", 1, 1, 1));
        var asked = await RunAsync(null, "stop", "ck", "--no-wait");
        Assert.Equal((0, $"the run in {folder} is asked to save and stop, by {folder}/stop\n"), (asked.ExitCode, asked.StandardOutput));
        Assert.True(File.Exists(Path.Combine(folder, "stop")));

        File.Delete(Path.Combine(folder, "stop"));
        var waiting = RunAsync(null, "stop", "ck");
        await Sandbox.Until(() => File.Exists(Path.Combine(folder, "stop")), "the file");
        Journal.Append(
            AttemptFiles.Journal(folder, 1),
            new Stopped(TimeProvider.System.GetUtcNow(), 40, 40, "StopFile", "Leave", "because"),
            new AttemptEnded(TimeProvider.System.GetUtcNow(), "stopped", 40, 143, 1));
        var stopped = await waiting;
        Assert.Equal(0, stopped.ExitCode);
        Assert.Equal($"the run in {folder} has stopped; step 30 is saved; cairn resume {folder} lets it go on\n", stopped.StandardOutput);
        var resumed = await RunAsync(null, "resume", "ck");
        Assert.Equal(69, resumed.ExitCode);
        Assert.Contains("it was started without Slurm: start its program again", resumed.StandardError, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(folder, "stop")));
    }

    [Fact]
    public async Task What_somebody_has_put_in_place_of_the_file_is_not_written_to()
    {
        var folder = Directory.CreateDirectory(_sandbox.At("ck/attempts")).Parent!.FullName;
        Journal.Append(AttemptFiles.Journal(folder, 1), new AttemptStarted(TimeProvider.System.GetUtcNow(), 1, null, 0, null, 1, ProcessIdentity.Current, "train", "1.0"));
        await File.WriteAllTextAsync(_sandbox.At("mine"), "precious", TestContext.Current.CancellationToken);
        File.CreateSymbolicLink(Path.Combine(folder, "stop"), _sandbox.At("mine"));
        var asked = await RunAsync(null, "stop", "ck", "--no-wait");
        Assert.Equal(69, asked.ExitCode);
        Assert.Contains($"{folder}/stop cannot be made", asked.StandardError, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(_sandbox.At("mine"), TestContext.Current.CancellationToken));

        // Asked twice is asked.
        File.Delete(Path.Combine(folder, "stop"));
        Assert.Equal(0, (await RunAsync(null, "stop", "ck", "--no-wait")).ExitCode);
        Assert.Equal(0, (await RunAsync(null, "stop", "ck", "--no-wait")).ExitCode);
    }

    [Theory]
    [InlineData("nowhere", "There is no folder")]
    [InlineData(".", "tells of a run")]
    [InlineData("77", "Job 77 is not in the queue, and no folder below")]
    public async Task What_is_not_there_is_named(string word, string says)
    {
        foreach (var command in (string[])["stop", "resume"])
        {
            var run = await RunAsync(null, command, word);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains(says, run.StandardError, StringComparison.Ordinal);
        }
    }

    public void Dispose() => _sandbox.Dispose();

    private Task<BufferedCommandResult> RunAsync(string? commands, params string[] arguments) =>
        CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(arguments).WithWorkingDirectory(_sandbox.Folder).WithValidation(CliWrap.CommandResultValidation.None)
            .WithEnvironmentVariables(variables => variables.Set("PATH", commands is null ? "/nonexistent" : $"{commands}:/usr/bin:/bin"))
            .ExecuteBufferedAsync(TestContext.Current.CancellationToken).Task;
}
