using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Running;

public sealed class BadInputTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    [Theory]
    [InlineData("Nothing to run")]
    [InlineData("Nothing to run", "--")]
    [InlineData("no program 'no-such-program' on PATH", "--", "no-such-program")]
    [InlineData("for the file in this folder write ./plain", "--", "plain")]
    [InlineData("There is no program './missing'", "--", "./missing")]
    [InlineData("'./plain' is not executable", "--", "./plain")]
    [InlineData("There is no program '.' on PATH", "--", ".")]
    [InlineData("'./folder' is a directory", "--", "./folder")]
    [InlineData("neither a binary of this machine nor a script", "--", "./garbage")]
    [InlineData("--time soon is no time", "--time", "soon", "--", "true")]
    [InlineData("--signal FOO@5 is no warning", "--time", "5s", "--signal", "FOO@5", "--", "true")]
    [InlineData("there is none: add --time", "--signal", "USR2@5", "--", "true")]
    [InlineData("--kill-wait x is no duration", "--kill-wait", "x", "--", "true")]
    [InlineData("--form mpi: use srun, exec, child or task-child", "--form", "mpi", "--", "true")]
    [InlineData("--slurm 23: only 22 and 24", "--slurm", "23", "--", "true")]
    [InlineData("--format xml: use text or json", "--format", "xml", "--", "true")]
    [InlineData("--max-attempts 0", "--max-attempts", "0", "--", "true")]
    [InlineData("--ntasks -1", "--ntasks", "-1", "--", "true")]
    [InlineData("There is no option --bogus", "--bogus", "--", "true")]
    [InlineData("Cannot parse argument 'many'", "--ntasks", "many", "--", "true")]
    [InlineData("missing.sh: cannot be read", "missing.sh")]
    [InlineData("There is no script 'env' here. A program goes after --: cairn local -- env sh", "env", "sh")]
    [InlineData("folder: is a directory", "folder")]
    [InlineData("is a binary file", "binary.sh")]
    [InlineData("plain:1: the first line must start with #!", "plain")]
    [InlineData("does not exist. On a cluster the job would die without a word", "lost-log.sh")]
    [InlineData("--form is for programs", "--form", "exec", "lost-log.sh")]
    [InlineData("There is no program '/no/such/shell'", "no-shell.sh")]
    public async Task Is_named_and_nothing_is_run(string message, params string[] arguments)
    {
        _sandbox.Write("plain", "echo hi\n");
        _sandbox.Write("binary.sh", "#!/bin/sh\n\0\u0001\u0002");
        _sandbox.Write("lost-log.sh", "#!/bin/sh\n#SBATCH --output=/no/such/folder/%j.out\ntrue\n");
        _sandbox.Write("no-shell.sh", "#!/no/such/shell\ntrue\n");
        File.Copy(_sandbox.Script("script", ""), _sandbox.At("garbage"));
        File.WriteAllBytes(_sandbox.At("garbage"), [1, 2, 3, 4, 5]);
        Directory.CreateDirectory(_sandbox.At("folder"));
        var run = await _sandbox.Local(arguments);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Equal(2, run.ExitCode);
        Assert.Null(run.Report);
        Assert.Equal("", run.Output);
    }

    [Fact]
    public async Task Help_names_every_exit_code_and_what_is_not_imitated()
    {
        var help = await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(["local", "--help"]).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.All(
            (string[])["124", "130", "143", "75", "69", "Not imitated", "cairn local job.sh", "--preempt-after"],
            text => Assert.Contains(text, help.StandardOutput, StringComparison.Ordinal));
    }

    public void Dispose() => _sandbox.Dispose();
}
