using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Running;

/// <summary>What is no small text file, in the place of every file that a user names: it is refused at once, by name, with exit code 2.</summary>
public sealed class NamedFileTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    /// <summary>Each command that reads such a file, once.</summary>
    public static TheoryData<string[]> Commands => [.. (string[][])[["script", "--config", "FILE"], ["submit", "--config", "FILE"], ["submit", "FILE"], ["local", "FILE"], ["lint", "FILE"], ["lint", "--fix", "FILE"]]];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_pipe_is_not_waited_for(string[] command)
    {
        await PipeAsync("file");
        await Refused(command, "file", "is no regular file but a pipe, a socket or a device");
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public Task A_device_is_not_eaten(string[] command) => Refused(command, "/dev/zero", "is no regular file but a pipe, a socket or a device");

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task A_large_file_is_not_read(string[] command)
    {
        using (var file = File.Create(_sandbox.At("file")))
            file.SetLength(5L << 30); // a hole: it takes no room
        await Refused(command, "file", "is larger than ");
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public Task A_folder_is_named(string[] command) => Refused(command, ".", "is a directory, not a file");

    [Theory]
    [MemberData(nameof(Commands))]
    public Task A_missing_one_is_named(string[] command) => Refused(command, "missing", "cannot be read: Could not find file");

    [Fact]
    public async Task The_record_that_a_job_finds_is_no_other_file_either()
    {
        var run = await CairnAsync("/dev/zero", ["run", "--", "true"]);
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("/dev/zero, the record of the submission, is no regular file", run.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nor_is_a_journal_that_is_a_pipe()
    {
        _sandbox.Write("job.sh", "#!/bin/bash\nhostname\n");
        Directory.CreateDirectory(_sandbox.At("checkpoints/attempts"));
        await PipeAsync("checkpoints/attempts/0001.jsonl");
        await Refused(["lint", "--checkpoints", "FILE", "job.sh"], "checkpoints", "0001.jsonl is no regular file");
    }

    [Theory]
    [InlineData("x = [[[[...")]
    [InlineData("x = {a={a=...")]
    [InlineData("[x]\ny = [[[[...")]
    public async Task TOML_that_is_nested_without_an_end_is_refused(string text)
    {
        var open = text.Contains('{', StringComparison.Ordinal) ? "{a=" : "[";
        _sandbox.Write("job.toml", text.Replace("...", string.Concat(Enumerable.Repeat(open, 100_000)), StringComparison.Ordinal));
        await Refused(["script", "--config", "FILE"], "job.toml", "nested more deeply than any setting's");
    }

    public void Dispose() => _sandbox.Dispose();

    private async Task PipeAsync(string name)
    {
        using var mkfifo = System.Diagnostics.Process.Start("mkfifo", [_sandbox.At(name)]);
        await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, mkfifo.ExitCode);
    }

    private async Task Refused(string[] command, string file, string message)
    {
        var run = await CairnAsync("", [.. command.Select(word => word == "FILE" ? file : word)]);
        Assert.True(run.ExitCode == 2, run.StandardError);
        Assert.Contains(message, run.StandardError, StringComparison.Ordinal);
        Assert.Contains(file, run.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.StandardError, StringComparison.Ordinal);
    }

    private async Task<BufferedCommandResult> CairnAsync(string record, string[] arguments)
    {
        using var patience = new CancellationTokenSource(Sandbox.Patience);
        return await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(arguments).WithWorkingDirectory(_sandbox.Folder)
            .WithEnvironmentVariables(variables => variables.Set("PATH", "/usr/bin:/bin").Set("SLURM_JOB_ID", record.Length > 0 ? "17" : null).Set("CAIRN_SUBMISSION", record))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(patience.Token);
    }
}
