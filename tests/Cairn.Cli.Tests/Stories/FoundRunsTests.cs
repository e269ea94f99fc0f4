using System.Diagnostics;
using System.Text.Json;
using Cairn.Attempts;
using Cairn.Cli.Tests.Running;
using Cairn.Posix;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Stories;

/// <summary>Which runs <c>cairn status</c> finds: from the queue, from what was submitted, in folders; and which of them are one.</summary>
public sealed class FoundRunsTests : IDisposable
{
    private readonly Sandbox _sandbox = new();
    private readonly Sandbox _elsewhere = new();

    public FoundRunsTests() => Directory.CreateDirectory(_elsewhere.At("bin"));

    public void Dispose()
    {
        _sandbox.Dispose();
        _elsewhere.Dispose();
    }

    [Fact]
    public async Task A_job_in_the_queue_is_found_with_its_folder_wherever_one_asks()
    {
        _sandbox.Script("train.sh", "trap 'exit 75' USR2\nprintf '{\"step\":3,\"total\":50,\"metric\":\"loss\",\"value\":0.5}\\n' >> \"$CAIRN_REPORTS\"\n: > ready\nwhile :; do sleep 0.1; done\n");
        var (_, running) = _sandbox.LocalInBackground(["--checkpoint-dir", "ck", "--time", "2h", "--", Sandbox.Program, "run", "--", "bash", "train.sh"]);
        await Sandbox.Until(() => File.Exists(_sandbox.At("ready")), "the program");
        var (commands, id) = await _sandbox.SaidOfJob();
        var one = (await StatusAsync(commands)).Single();
        Assert.Equal(
            (_sandbox.At("ck"), id, "running", "RUNNING", 1, 3, 50, 0.5),
            (one.GetProperty("folder").GetString(), one.GetProperty("job").GetString(), one.GetProperty("state").GetString(), one.GetProperty("queue").GetString(),
                one.GetProperty("attempt").GetInt32(), one.GetProperty("step").GetInt32(), one.GetProperty("planned").GetInt32(), one.GetProperty("metrics").GetProperty("loss").GetDouble()));
        Assert.InRange((one.GetProperty("deadline").GetDateTimeOffset() - TimeProvider.System.GetUtcNow()).TotalMinutes, 90, 120);
        Assert.Equal(id, (await StatusAsync(commands, id)).Single().GetProperty("job").GetString());
        Assert.Contains($"Attempt 1 of job {id} on ", (await CairnAsync(commands, "why", id)).StandardOutput, StringComparison.Ordinal);
        Assert.Contains($"Attempt 1</strong>, job {id}", (await CairnAsync(commands, "report", id, "-o", "-")).StandardOutput, StringComparison.Ordinal);
        Assert.Equal(0, (await CairnAsync(commands, "stop", id)).ExitCode);
        Assert.Equal(143, (await running).ExitCode);
    }

    [Fact]
    public async Task What_was_submitted_from_here_is_found_wherever_it_saves()
    {
        _elsewhere.Script("bin/sbatch", "echo 17\n");
        var submitted = await CairnAsync(_elsewhere.At("bin"), "submit", "--force", "--time", "1h", "--checkpoint-dir", _sandbox.At("ck"), "--", "python", "train.py");
        Assert.True(submitted.ExitCode == 0, submitted.StandardError);
        Write("ck/attempts/0001.jsonl", "17", null);
        var one = (await StatusAsync(null)).Single();
        Assert.Equal((_sandbox.At("ck"), "17"), (one.GetProperty("folder").GetString(), one.GetProperty("job").GetString()));
    }

    /// <summary>A stand-in for squeue, for no queue here has so many jobs at once.</summary>
    [Fact]
    public async Task Programs_that_work_in_one_folder_are_told_apart_and_the_jobs_of_one_program_are_one_run()
    {
        Write(".cairn-run/c-16/attempts/0001.jsonl", "16", "aaaa"); // the same command as 17: it was submitted again
        foreach (var (job, command) in (ReadOnlySpan<(string, string)>)[("17", "aaaa"), ("18", "bbbb"), ("19_0", "cccc"), ("19_1", "cccc")])
            Write($".cairn-run/c-{job}/attempts/0001.jsonl", job, command);
        Queue("17|RUNNING", "18|RUNNING", "19_0|RUNNING", "19_1|RUNNING", "20|RUNNING");
        var runs = await StatusAsync(_elsewhere.At("bin"));
        Assert.Equal(["17 2", "18 1", "19_0 1", "19_1 1", "20 -"], runs.Select(run => $"{run.GetProperty("job").GetString()} {(run.TryGetProperty("attempt", out var attempt) ? attempt.GetInt32() : "-")}").Order(StringComparer.Ordinal));
        Assert.Contains($"nothing that can be seen below {_sandbox.Folder} tells of it", (await CairnAsync(_elsewhere.At("bin"), "status")).StandardOutput, StringComparison.Ordinal);
        Assert.Equal(["19_1"], (await StatusAsync(_elsewhere.At("bin"), "19_1")).Select(run => run.GetProperty("job").GetString()));
        var why = await CairnAsync(_elsewhere.At("bin"), "why", _sandbox.Folder);
        Assert.Equal(4, why.StandardOutput.Split('\n').Length - 1);
        Assert.Contains($"{_sandbox.At(".cairn-run/c-19_0")}: Attempt 1 of job 19_0", why.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_looked_into_is_named_and_nothing_is_said_of_it()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed");
        Write("run/attempts/0001.jsonl", "17", null);
        var closed = Directory.CreateDirectory(_sandbox.At("closed")).FullName;
        var below = await DeniedAsync(closed, "status", _sandbox.Folder);
        Assert.Contains($"cairn: {closed} cannot be looked into: what runs there is not told of", below.StandardError, StringComparison.Ordinal);
        Assert.Contains("run", below.StandardOutput, StringComparison.Ordinal);
        Assert.Contains($"Nothing in {closed} tells of a run, for it cannot be looked into.", (await DeniedAsync(closed, "status", closed)).StandardError, StringComparison.Ordinal);
        var run = await DeniedAsync(_sandbox.At("run/attempts"), "status", _sandbox.At("run"));
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("its journal cannot be read", run.StandardOutput, StringComparison.Ordinal);
        var why = await DeniedAsync(_sandbox.At("run/attempts"), "why", _sandbox.At("run"));
        Assert.Contains("An attempt cannot be told of: its journal cannot be read", why.StandardOutput, StringComparison.Ordinal);
        Assert.DoesNotContain("lost", why.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_that_cannot_be_looked_into_three_are_named()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace is not installed");
        var closed = Enumerable.Range(0, 5).Select(number => Directory.CreateDirectory(_sandbox.At($"closed{number}")).FullName).ToArray();
        Write("run/attempts/0001.jsonl", "17", null);
        var said = (await RunAsync("/usr/bin/strace", null, ["-f", "-qq", "-o", "/dev/null", .. closed.SelectMany(one => (string[])["-P", one]), "-e", "trace=open,openat", "-e", "inject=open,openat:error=EACCES:when=1+", Sandbox.Program, "status", _sandbox.Folder])).StandardError;
        Assert.Equal(
            [.. closed.Take(3).Select(one => $"cairn: {one} cannot be looked into: what runs there is not told of"), $"cairn: 2 more below {_sandbox.Folder} cannot be looked into"],
            said.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Watching_into_a_pipe_tells_each_change_and_goes_on_when_a_run_is_gone()
    {
        Write("run/attempts/0001.jsonl", "17", null);
        var start = new ProcessStartInfo(Sandbox.Program, ["status", "--watch", _sandbox.At("run")]) { RedirectStandardOutput = true, UseShellExecute = false };
        start.Environment["PATH"] = "/nonexistent";
        using var watching = Process.Start(start)!;
        try
        {
            Assert.EndsWith("run, job 17: silent, attempt 1, attempt 1 is silent", (await LineAsync()).Split(" for ")[0], StringComparison.Ordinal);
            Write("run/attempts/0002.jsonl", "18", null);
            Assert.Contains("job 18: ", await LineAsync(), StringComparison.Ordinal);
            PosixDirectory.Rename(_sandbox.At("run"), _sandbox.At("gone"));
            Assert.EndsWith($"{_sandbox.At("run")}: is not there any more", await LineAsync(), StringComparison.Ordinal);
            Assert.EndsWith($"There is no folder {_sandbox.At("run")}.", await LineAsync(), StringComparison.Ordinal);
            PosixDirectory.Rename(_sandbox.At("gone"), _sandbox.At("run"));
            Assert.Contains("job 18: ", await LineAsync(), StringComparison.Ordinal);
            Sandbox.Kill(watching.Id, SignalName.Int);
            await watching.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Sandbox.Patience, TestContext.Current.CancellationToken);
        }
        finally
        {
            watching.Kill();
        }

        async Task<string> LineAsync() => (await watching.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Sandbox.Patience, TestContext.Current.CancellationToken))!;
    }

    // An attempt of another machine, long silent.
    private void Write(string path, string job, string? command)
    {
        var full = _sandbox.At(path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        Journal.Append(full + ".new", Told.Began(0, AttemptFiles.Number(path)!.Value, job) with { Command = command });
        File.SetLastWriteTimeUtc(full + ".new", Told.At(60).UtcDateTime);
        File.Move(full + ".new", full);
    }

    private void Queue(params string[] jobs) => _elsewhere.Script(
        "bin/squeue",
        $$"""
        for word; do [ "$before" = -j ] && wanted=$word; before=$word; done
        while IFS='|' read -r id rest; do case $wanted in '' | "$id" | "${id%_*}") echo "$id|$rest" ;; esac; done << 'JOBS'
        {{string.Join('\n', jobs.Select(job => $"{job}|N/A|N/A|None|{_sandbox.Folder}"))}}
        JOBS

        """);

    private async Task<List<JsonElement>> StatusAsync(string? commands, params string[] words)
    {
        var run = await CairnAsync(commands, ["status", .. words, "--format", "json"]);
        Assert.InRange(run.ExitCode, 0, 1);
        return [.. JsonDocument.Parse(run.StandardOutput).RootElement.GetProperty("runs").EnumerateArray()];
    }

    private Task<BufferedCommandResult> CairnAsync(string? commands, params string[] words) => RunAsync(Sandbox.Program, commands, words);

    // To list or to open that one folder is refused, as by another user's rights.
    private Task<BufferedCommandResult> DeniedAsync(string folder, params string[] words) =>
        RunAsync("/usr/bin/strace", null, ["-f", "-qq", "-o", "/dev/null", "-P", folder, "-e", "trace=open,openat", "-e", "inject=open,openat:error=EACCES:when=1+", Sandbox.Program, .. words]);

    private async Task<BufferedCommandResult> RunAsync(string program, string? commands, string[] words)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Sandbox.Patience);
        return await CliWrap.Cli.Wrap(program).WithArguments(words).WithWorkingDirectory(_elsewhere.Folder).WithValidation(CommandResultValidation.None)
            .WithEnvironmentVariables(variables => variables.Set("PATH", commands is null ? "/nonexistent" : $"{commands}:/usr/bin:/bin").Set("SLURM_JOB_ID", null).Set("CAIRN_CHECKPOINT_DIR", null))
            .ExecuteBufferedAsync(patience.Token);
    }
}
