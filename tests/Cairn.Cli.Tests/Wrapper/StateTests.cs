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
                    .WithEnvironmentVariables(variables => variables.Set("SLURM_JOB_ID", "77").Set("PATH", _path).Set("CAIRN_REQUEUE", null).Set("CAIRN_WRAPPED_JOB", null)),
                TestContext.Current.CancellationToken);
            Assert.Equal(time == 0 ? "pretrained\nfinetuned\n" : "", run.StandardOutput);
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

    [Theory]
    [InlineData("SLURM_RESTART_COUNT", "99999999999")]
    [InlineData("SLURM_JOB_END_TIME", "soon")]
    public async Task A_variable_that_Slurm_never_sets_so_is_named(string name, string value)
    {
        _sandbox.Start(["--", "true"], null, "SLURM_JOB_ID=77", $"{name}={value}");
        Assert.Equal(2, await _sandbox.EndAsync());
        Assert.Contains(name, _sandbox.Error, StringComparison.Ordinal);
        Assert.Contains(value, _sandbox.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _sandbox.Dispose();
}
