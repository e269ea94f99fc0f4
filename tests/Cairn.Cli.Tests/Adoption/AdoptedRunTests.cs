using System.Text.RegularExpressions;
using Cairn.Cli.Tests.Running;
using Cairn.Cli.Tests.Wrapper;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Adoption;

/// <summary>What was adopted works: each script is converted and then played by <c>cairn local</c>, with a warning in its first attempt.</summary>
[Trait("Category", "slow")]
public sealed partial class AdoptedRunTests : IDisposable
{
    // Spawns what it is given, passes no USR2 on, and makes 1 of every exit code, as torchrun does.
    private const string Torchrun =
        """
        #!/usr/bin/env python3
        import subprocess, sys
        worker = subprocess.Popen([sys.executable] + [word for word in sys.argv[1:] if not word.startswith("--")])
        sys.exit(1 if worker.wait() else 0)
        """;

    private readonly Sandbox _sandbox = new();

    [Theory]
    [InlineData("plain", "python3 train.py guide 80 0.1")]
    [InlineData("with a variable before it", "A=1 python3 train.py guide 80 0.1\nexit $?")]
    [InlineData("tasks of srun", "srun -n 2 python3 train.py guide 80 0.1")]
    [InlineData("torchrun", "./torchrun --standalone with_helper.py 80 0.1")]
    [InlineData("torchrun in a task", "srun ./torchrun --standalone with_helper.py 80 0.1")]
    [InlineData("a trap by hand", "trap 'kill -USR2 $pid; wait $pid; scontrol requeue $SLURM_JOB_ID' USR1\npython3 train.py guide 80 0.1 &\npid=$!\nwait $pid")]
    public async Task A_job_is_warned_requeued_and_finished(string form, string commands)
    {
        var run = await PlayAsync(form, commands, "--time", "30s", "--signal", "B:USR2@25s");
        Assert.Matches("attempt 2 begins at step [1-9]", run.Output);
    }

    [Theory]
    [InlineData("commands behind", "python3 train.py guide 90 0.1\ntouch behind-$SLURM_RESTART_COUNT")]
    [InlineData("commands behind tasks", "srun -n 2 python3 train.py guide 90 0.1\ntouch behind-$SLURM_RESTART_COUNT")]
    [InlineData("set -e and a trap", "set -e\ntrap 'touch left-$SLURM_RESTART_COUNT' EXIT\npython3 train.py guide 90 0.1 2>&1 | tee train.log\ntouch behind-$SLURM_RESTART_COUNT")]
    public async Task What_stands_behind_it_runs_once_the_work_is_done(string form, string commands)
    {
        var run = await PlayAsync(form, commands, "--time", "14s");
        Assert.Contains("the job's end is near", run.Output + run.Error, StringComparison.Ordinal);
        var last = run.Report!.Attempts.Count - 1;
        Assert.True(last > 0, run.Error);
        Assert.Equal([_sandbox.At($"behind-{last}")], Directory.GetFiles(_sandbox.Folder, "behind-*"));
    }

    [Fact]
    public async Task An_element_of_an_array_saves_in_a_folder_of_its_own()
    {
        await PlayAsync("array", "python3 train.py guide 80 0.1", "--time", "30s", "--signal", "B:USR2@25s", "--array-task", "3");
        Assert.True(File.Exists(_sandbox.At("checkpoints/train/3/state0.json")));
    }

    public void Dispose() => _sandbox.Dispose();

    private async Task<LocalRun> PlayAsync(string form, string commands, params string[] options)
    {
        foreach (var file in (string[])["train.py", "with_helper.py"])
            File.Copy(Path.Combine(Path.GetDirectoryName(WrapperSandbox.Train)!, file), _sandbox.At(file));
        File.Copy(Path.Combine(AppContext.BaseDirectory, "PythonHelper", "cairn.py"), _sandbox.At("cairn.py"));
        Directory.CreateDirectory(_sandbox.At("bin"));
        File.CreateSymbolicLink(_sandbox.At("bin/cairn"), Sandbox.Program);
        _sandbox.Executable("torchrun", Torchrun);
        _sandbox.Write("job.sh", $"#!/bin/bash\n#SBATCH --time=10{(form == "array" ? " --array=1-4" : "")}\nexport PATH='{_sandbox.At("bin")}':$PATH\n{commands}\n");

        var adopted = await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(["adopt", "--write", "job.sh"]).WithWorkingDirectory(_sandbox.Folder)
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.True(adopted.ExitCode == 0, adopted.StandardError);
        // A lead for a job of minutes would be half of one of seconds.
        _sandbox.Write("job.sh", Lead().Replace(File.ReadAllText(_sandbox.At("job.sh")), "--lead 7s"));

        var run = await _sandbox.Local(["--output", "-", "--requeue-delay", "200ms", .. options, "job.sh"]);
        Assert.True(run.ExitCode == 0 && run.Report is { State: "COMPLETED", Attempts.Count: > 1 }, $"{File.ReadAllText(_sandbox.At("job.sh"))}{run.Output}{run.Error}");
        Assert.Contains("training complete", run.Output, StringComparison.Ordinal);
        return run;
    }

    [GeneratedRegex("--lead [0-9]+s", RegexOptions.None, 1000)]
    private static partial Regex Lead();
}
