namespace Cairn.Cli.Tests.LocalScheduler;

/// <summary>Each error names the value, and has its exit code; none shows a stack trace.</summary>
public class BadInputTests
{
    private static void Fails(int code, string message, params string[] arguments)
    {
        using var local = new Local();
        Fails(local, code, message, arguments);
    }

    private static void Fails(Local local, int code, string message, params string[] arguments)
    {
        Assert.Equal(code, local.Run(arguments));
        Assert.Contains(message, local.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", local.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void No_program() => Fails(2, "program", "--time", "10s");

    [Theory]
    [InlineData("--time", "soon", "--time soon: not a duration")]
    [InlineData("--time", "0", "--time 0: must be longer than nothing")]
    [InlineData("--kill-wait", "x", "--kill-wait x: not a duration")]
    [InlineData("--slurm", "21", "--slurm takes 22 or 24")]
    [InlineData("--form", "magic", "magic")]
    [InlineData("--ntasks", "0", "--ntasks 0")]
    [InlineData("--max-attempts", "0", "--max-attempts 0")]
    [InlineData("--no-such-option", "1", "--no-such-option")]
    public void An_option(string option, string value, string message) => Fails(2, message, option, value, "--", "true");

    [Fact]
    public void A_signal_that_is_none() => Fails(2, "'USR9' is no signal", "--time", "10s", "--signal", "USR9@5", "--", "true");

    [Fact]
    public void A_warning_without_a_limit() => Fails(2, "it needs --time", "--signal", "USR2@5", "--", "true");

    [Fact]
    public void A_program_that_is_not_there() => Fails(127, "no-such-program", "--", "no-such-program");

    [Fact]
    public void A_script_that_is_not_there() => Fails(2, "no-such.sh", "no-such.sh");

    [Fact]
    public void A_directory() => Fails(2, "is a directory", "/tmp");

    [Fact]
    public void A_binary() => Fails(2, "the first line must start with #!", "/bin/true");

    [Fact]
    public void A_job_array()
    {
        using var local = new Local();
        Fails(local, 2, "job.sh:2: job arrays are not imitated", local.Script("job.sh", "#!/bin/bash\n#SBATCH --array=1-3\ntrue\n"));
    }

    [Fact]
    public void A_log_folder_that_is_not_there()
    {
        using var local = new Local();
        Fails(local, 2, "/path/to/logs/x.out cannot be written", local.Script("job.sh", "#!/bin/bash\n#SBATCH --output=/path/to/logs/x.out\ntrue\n"));
    }

    [Theory]
    [InlineData("scontrol hold 1", "not supported by cairn local")]
    [InlineData("scontrol requeue 99", "Invalid job id")]
    [InlineData("squeue --json", "--json: not supported by cairn local")]
    [InlineData("scancel", "No job identification")]
    [InlineData("scancel --signal=USR9 $SLURM_JOB_ID", "'USR9' is no signal")]
    [InlineData("srun --multi-prog x", "--multi-prog is not imitated")]
    public void A_command_inside_that_is_not_imitated(string command, string message)
    {
        using var local = new Local();
        Assert.NotEqual(0, local.Run("--", "bash", "-c", command));
        Assert.Contains(message, local.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Help_has_examples_and_exit_codes()
    {
        using var local = new Local();
        Assert.Equal(0, local.Run("--help"));
        Assert.Contains("cairn local --time 20s --signal USR2@8s -- python3 train.py", local.Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes:", local.Output, StringComparison.Ordinal);
    }
}
