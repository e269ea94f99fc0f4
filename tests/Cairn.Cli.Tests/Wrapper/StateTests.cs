using Cairn.Cli.Wrapper;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>What a wrapper remembers, and what it does where it cannot.</summary>
public sealed class StateTests : IDisposable
{
    private readonly WrapperSandbox _sandbox = new();
    private readonly string _path;

    public StateTests()
    {
        _path = _sandbox.PathWithoutSlurm();
        _sandbox.Script("bin/scontrol", "echo \"$*\" >> called; case $1 in show) echo '   JobState=RUNNING Reason=None Dependency=(null)';; esac");
    }

    private string[] Requeues => File.Exists(_sandbox.At("called")) ? [.. File.ReadAllLines(_sandbox.At("called")).Where(line => line.StartsWith("requeue", StringComparison.Ordinal))] : [];

    [Fact]
    public async Task A_wrapper_inside_of_another_one_leaves_the_counting_to_that_one()
    {
        for (var attempt = 0; attempt < 3; attempt++)
        {
            _sandbox.Start(
                ["--requeue-crashes", "1", "--", _sandbox.Script("inside", $"exec {Running.Sandbox.Program} run -- sh -c 'test -e \"$CAIRN_STATUS\"; echo status $?; exit 3'")],
                null, "SLURM_JOB_ID=77", $"SLURM_RESTART_COUNT={attempt}", "PATH=" + _path);
            Assert.Equal(attempt == 0 ? 0 : 3, await _sandbox.EndAsync());
            if (attempt == 1)
                break;
        }

        Assert.Contains("it is crash 2 in a row without progress and --requeue-crashes allows 1", _sandbox.Error, StringComparison.Ordinal);
        Assert.Contains("status 0", _sandbox.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", _sandbox.Error, StringComparison.Ordinal);
        Assert.Equal(["requeue 77"], Requeues);
    }

    [Fact]
    public async Task The_second_command_of_a_script_is_not_taken_for_done_with_the_first()
    {
        _sandbox.Write("job.sh", $"{Running.Sandbox.Program} run -- sh -c 'echo pretrained; : > \"$CAIRN_DONE_FILE\"'\nexec {Running.Sandbox.Program} run -- sh -c 'echo finetuned; : > \"$CAIRN_DONE_FILE\"'\n");
        for (var time = 0; time < 2; time++)
        {
            var run = await CliWrap.Buffered.BufferedCommandExtensions.ExecuteBufferedAsync(
                CliWrap.Cli.Wrap("/bin/bash").WithArguments(["job.sh"]).WithWorkingDirectory(_sandbox.Folder)
                    .WithEnvironmentVariables(variables => variables.Set("SLURM_JOB_ID", "77").Set("SLURM_RESTART_COUNT", $"{time}").Set("PATH", _path).Set("CAIRN_REQUEUE", null).Set("CAIRN_WRAPPED_JOB", null)),
                TestContext.Current.CancellationToken);
            Assert.Equal(time == 0 ? "pretrained\nfinetuned\n" : "", run.StandardOutput);
        }
    }

    [Theory]
    [InlineData("file")]
    [InlineData("file/ckpt")]
    public async Task A_checkpoint_folder_that_can_be_none_is_refused(string folder)
    {
        _sandbox.Write("file", "");
        _sandbox.Start(["--checkpoint-dir", folder, "--", "echo", "ran"]);
        Assert.Equal(2, await _sandbox.EndAsync());
        Assert.Contains($"{_sandbox.At(folder)} can be no folder, for {_sandbox.At("file")} is a file", _sandbox.Error, StringComparison.Ordinal);
        Assert.Equal("", _sandbox.Output);
    }

    [Fact]
    public async Task The_same_command_several_times_is_done_several_times()
    {
        // Each attempt finishes one more of them, and is stopped in the next.
        string[] printed = ["1\n2\n", "2\n3\n", "3\n", ""];
        for (var attempt = 0; attempt < printed.Length; attempt++)
        {
            _sandbox.Write("job.sh", $"for seed in 1 2 3; do SEED=$seed {Running.Sandbox.Program} run -- sh -c 'echo $SEED; [ $SEED -le $LAST ] || exit 75; : > \"$CAIRN_DONE_FILE\"'; [ $seed -le $LAST ] || exit 0; done\n");
            var run = await CliWrap.Buffered.BufferedCommandExtensions.ExecuteBufferedAsync(
                CliWrap.Cli.Wrap("/bin/bash").WithArguments(["job.sh"]).WithWorkingDirectory(_sandbox.Folder)
                    .WithEnvironmentVariables(variables => variables.Set("SLURM_JOB_ID", "77").Set("SLURM_RESTART_COUNT", $"{attempt}").Set("LAST", $"{attempt + 1}").Set("PATH", _path).Set("CAIRN_REQUEUE", null).Set("CAIRN_WRAPPED_JOB", null)),
                TestContext.Current.CancellationToken);
            Assert.Equal(printed[attempt], run.StandardOutput);
        }
    }

    [Fact]
    public async Task Where_nothing_temporary_can_be_made_the_program_runs_all_the_same()
    {
        _sandbox.Start(["--task", "--", "sh", "-c", "echo ran; exit 4"], null, "TMPDIR=" + _sandbox.At("nowhere"));
        Assert.Equal(4, await _sandbox.EndAsync());
        Assert.Equal("ran\n", _sandbox.Output);
        Assert.Contains("warning: no status file for the program", _sandbox.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_checkpoint_folder_that_cannot_be_looked_at_ends_nothing()
    {
        // Folders that vanish and fail under one's eyes: those of processes.
        _sandbox.Start(["--checkpoint-dir", "/proc", "--", "sh", "-c", "sleep 1; echo ran; exit 4"], null);
        Assert.Equal(4, await _sandbox.EndAsync());
        Assert.Equal("ran\n", _sandbox.Output);
    }

    [Fact]
    public async Task On_a_full_disk_a_crash_is_not_requeued_and_nobody_waits_for_it()
    {
        using var disk = SmallFileSystem.Tmpfs(megabytes: 1);
        await using (var all = File.Create(Path.Combine(disk.Path, "all")))
        {
            try
            {
                while (true)
                    await all.WriteAsync(new byte[4096], TestContext.Current.CancellationToken);
            }
            catch (IOException)
            {
            }
        }

        for (var attempt = 0; attempt < 2; attempt++)
        {
            _sandbox.Start(
                ["--checkpoint-dir", disk.Path, "--requeue-crashes", "1", "--", "sh", "-c", "exit 3"], null, "SLURM_JOB_ID=77", $"SLURM_RESTART_COUNT={attempt}", "PATH=" + _path);
            Assert.Equal(3, await _sandbox.EndAsync());
        }

        Assert.Contains("cannot be remembered, so a crash or a hang is not requeued: No space left on device", _sandbox.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("has not answered", _sandbox.Error, StringComparison.Ordinal);
        Assert.Empty(Requeues);
    }

    [Fact]
    public async Task A_controller_that_is_away_after_a_crash_is_said_at_once()
    {
        _sandbox.Script("bin/scontrol", "[ -e up ] || { echo 'Unable to contact slurm controller (connect failure)' >&2; exit 1; }; echo '   JobState=RUNNING Reason=None Dependency=(null)'");
        _sandbox.Start(["--", "sh", "-c", "exit 3"], null, "SLURM_JOB_ID=77", "PATH=" + _path);
        await _sandbox.SaysAsync("Slurm does not say why the job stops (Unable to contact slurm controller (connect failure)); it is asked again for 1 min at most");
        _sandbox.Write("up", "");
        Assert.Equal(3, await _sandbox.EndAsync());
    }

    [Theory]
    [InlineData(0, "it is waited for 30 s at most")]
    [InlineData(3, "it is waited for 1 min at most")]
    public async Task A_Slurm_that_hangs_when_the_program_has_ended_is_waited_for_and_that_is_said(int code, string words)
    {
        // Also one that nobody waits for any more ends with the test's folder.
        _sandbox.Script("bin/scontrol", "while [ -e bin ] && [ ! -e up ]; do /bin/sleep 0.05; done; echo '   JobState=RUNNING Reason=None Dependency=(null)'");
        _sandbox.Start(["--", "sh", "-c", $"exit {code}"], null, "SLURM_JOB_ID=77", "PATH=" + _path);
        await _sandbox.SaysAsync(words);
        _sandbox.Write("up", "");
        Assert.Equal(code, await _sandbox.EndAsync());
        Assert.Contains("Slurm is asked how job 77 stands and has not answered yet; " + words, _sandbox.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "slow")]
    public async Task A_controller_that_stays_away_after_a_crash_does_not_hold_the_allocation_for_longer_than_a_minute()
    {
        _sandbox.Script("bin/scontrol", "echo 'Unable to contact slurm controller (connect failure)' >&2; exit 1");
        var began = TimeProvider.System.GetTimestamp();
        _sandbox.Start(["--requeue-crashes", "1", "--", "sh", "-c", "exit 3"], null, "SLURM_JOB_ID=77", "PATH=" + _path);
        Assert.Equal(ExitCodes.RequeueFailed, await _sandbox.EndAsync());
        Assert.Contains("to do it by hand: scontrol requeue 77", _sandbox.Error, StringComparison.Ordinal);
        Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(3));
    }

    [Theory]
    [InlineData("SLURM_RESTART_COUNT", "99999999999")]
    [InlineData("SLURM_JOB_END_TIME", "soon")]
    [InlineData("SLURM_JOB_ID", "../../x")]
    public async Task A_variable_that_Slurm_never_sets_so_is_named(string name, string value)
    {
        _sandbox.Start(["--", "true"], null, "SLURM_JOB_ID=77", $"{name}={value}");
        Assert.Equal(2, await _sandbox.EndAsync());
        Assert.Contains(name, _sandbox.Error, StringComparison.Ordinal);
        Assert.Contains(value, _sandbox.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_wrapper_beside_the_first_is_refused_and_one_after_it_is_not()
    {
        _sandbox.Start(["--", _sandbox.Script("first", "echo ready; while [ ! -e go ]; do sleep 0.05; done; test -e \"$CAIRN_STATUS\" && echo still there\n")], null, "SLURM_JOB_ID=77", "PATH=" + _path);
        await _sandbox.PrintsAsync("ready");
        using (var second = new WrapperSandbox())
        {
            second.Start(["--checkpoint-dir", _sandbox.Folder, "--", "sh", "-c", "echo ran"], null, "SLURM_JOB_ID=77", "PATH=" + _path);
            Assert.Equal(2, await second.EndAsync());
            Assert.Contains($"Another cairn run (pid {_sandbox.ProcessId}) already decides over this job", second.Error, StringComparison.Ordinal);
            Assert.Equal("", second.Output);
        }

        _sandbox.Write("go", "");
        Assert.Equal(0, await _sandbox.EndAsync());
        Assert.EndsWith("still there\n", _sandbox.Output, StringComparison.Ordinal);
        _sandbox.Start(["--", "sh", "-c", "echo ran after it"], null, "SLURM_JOB_ID=77", "PATH=" + _path);
        await _sandbox.EndAsync();
        Assert.Contains("ran after it", _sandbox.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_was_killed_holds_no_place()
    {
        Directory.CreateDirectory(_sandbox.At(".cairn-run/77"));
        _sandbox.Write(".cairn-run/77/running-1", $"{Environment.MachineName} {Environment.ProcessId} 1\n");
        _sandbox.Start(["--", "sh", "-c", "echo ran"], null, "SLURM_JOB_ID=77", "PATH=" + _path);
        Assert.Equal(0, await _sandbox.EndAsync());
        Assert.Equal("ran\n", _sandbox.Output);
    }

    [Theory]
    [InlineData(".cairn-run")]
    [InlineData(".cairn-run/77")]
    public async Task A_link_in_place_of_the_folder_is_not_followed(string place)
    {
        Directory.CreateDirectory(_sandbox.At("elsewhere"));
        Directory.CreateDirectory(Path.GetDirectoryName(_sandbox.At(place))!);
        File.CreateSymbolicLink(_sandbox.At(place), _sandbox.At("elsewhere"));
        _sandbox.Start(["--", "sh", "-c", "echo ran"], null, "SLURM_JOB_ID=77", "PATH=" + _path);
        Assert.Equal(0, await _sandbox.EndAsync());
        Assert.Contains($"{place} is a link or no folder", _sandbox.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_sandbox.At("elsewhere")));
    }

    [Fact]
    public async Task What_others_could_put_into_an_open_folder_is_removed_and_the_folder_closed()
    {
        _sandbox.Write("victim", "precious");
        var folder = Directory.CreateDirectory(_sandbox.At(".cairn-run/there-77")).FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_111_111);
        File.CreateSymbolicLink(Path.Combine(folder, "status.json.new"), _sandbox.At("victim"));
        _sandbox.Start(["--", "sh", "-c", "echo ran"], null, "SLURM_JOB_ID=77", "SLURM_CLUSTER_NAME=there", "PATH=" + _path);
        Assert.Equal(0, await _sandbox.EndAsync());
        Assert.Equal("precious", await File.ReadAllTextAsync(_sandbox.At("victim"), TestContext.Current.CancellationToken));
        Assert.Contains("status.json.new is a link, a pipe or another user's: removed", _sandbox.Error, StringComparison.Ordinal);
        Assert.Equal((UnixFileMode)0b111_000_000, File.GetUnixFileMode(folder));
    }

    [Fact]
    public async Task Another_users_folder_is_not_taken()
    {
        Assert.SkipWhen(Environment.UserName != "root", "only root can make a folder of another user");
        var folder = Directory.CreateDirectory(_sandbox.At(".cairn-run/77")).FullName;
        await CliWrap.Cli.Wrap("chown").WithArguments(["65534", folder]).ExecuteAsync(TestContext.Current.CancellationToken);
        _sandbox.Start(["--", "sh", "-c", "echo ran"], null, "SLURM_JOB_ID=77", "PATH=" + _path);
        Assert.Equal(0, await _sandbox.EndAsync());
        Assert.Contains("belongs to another user (uid 65534)", _sandbox.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder));
    }

    public void Dispose() => _sandbox.Dispose();
}
