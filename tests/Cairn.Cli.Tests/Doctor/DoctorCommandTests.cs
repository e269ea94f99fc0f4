using System.Diagnostics;
using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Doctor;

/// <summary><c>cairn doctor</c> as a process; without a Slurm, since PATH has none.</summary>
public sealed class DoctorCommandTests : IDisposable
{
    private readonly Running.Sandbox _sandbox = new();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task Outside_of_a_job_and_of_Slurm_nothing_is_wrong_and_nothing_is_left()
    {
        var run = await DoctorAsync(null, "--checkpoint-dir", "checkpoints", "--size", "4MiB");
        Assert.Equal("", run.StandardError);
        Assert.Contains("no Slurm here", run.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("4.2 MB written and synced", run.StandardOutput, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_sandbox.Folder));
        Assert.Equal(HasWarnings(run.StandardOutput) ? 1 : 0, run.ExitCode);
    }

    [Fact]
    public async Task In_a_job_whose_Slurm_cannot_be_asked_that_is_a_warning()
    {
        var run = await DoctorAsync("4711", "--no-speed", "--format", "json");
        Assert.Equal((1, ""), (run.ExitCode, run.StandardError));
        Assert.Equal("warning", Verdict(run.StandardOutput, "Slurm"));
        Assert.Equal("warning", Verdict(run.StandardOutput, "who hears"));
        Assert.DoesNotContain("written and synced", run.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_inherited_ignored_is_named()
    {
        var run = await CliWrap.Cli.Wrap("/bin/bash").WithArguments(["-c", "trap '' USR2; exec \"$0\" doctor --no-speed --format json", Running.Sandbox.Program])
            .WithWorkingDirectory(_sandbox.Folder).WithEnvironmentVariables(Variables(null)).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal((1, ""), (run.ExitCode, run.StandardError));
        Assert.Equal("warning", Verdict(run.StandardOutput, "signals"));
    }

    [Fact]
    public async Task Killed_while_it_measures_it_leaves_nothing()
    {
        var start = new ProcessStartInfo(Running.Sandbox.Program, ["doctor", "--size", "16GiB"]) { WorkingDirectory = _sandbox.Folder, UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment["PATH"] = _sandbox.Folder;
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using var process = Process.Start(start)!;

        // The file has no name any more, and the process has it open.
        await Running.Sandbox.Until(() => process.HasExited || OpenFiles(process.Id).Any(file => file.Contains("cairn-doctor", StringComparison.Ordinal) && file.EndsWith("(deleted)", StringComparison.Ordinal)), "the measurement");
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Empty(Directory.GetFileSystemEntries(_sandbox.Folder));
    }

    [Theory]
    [InlineData("--size much is no size", "--size", "much")]
    [InlineData("--size 1: from 4MiB to 16GiB", "--size", "1")]
    [InlineData("--format xml: use table or json", "--format", "xml")]
    [InlineData("There is no option --bogus", "--bogus")]
    public async Task A_wrong_command_line_is_named_and_the_code_is_two(string message, params string[] arguments)
    {
        var run = await DoctorAsync(null, arguments);
        Assert.Contains(message, run.StandardError, StringComparison.Ordinal);
        Assert.Equal((2, ""), (run.ExitCode, run.StandardOutput));
    }

    [Fact]
    public async Task A_variable_that_Slurm_never_sets_so_is_named()
    {
        var run = await CliWrap.Cli.Wrap(Running.Sandbox.Program).WithArguments(["doctor", "--no-speed"]).WithWorkingDirectory(_sandbox.Folder)
            .WithEnvironmentVariables(variables => variables.Set("PATH", _sandbox.Folder).Set("SLURM_JOB_ID", "1").Set("SLURM_RESTART_COUNT", "often"))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("SLURM_RESTART_COUNT is 'often'", run.StandardError, StringComparison.Ordinal);
    }

    private static IEnumerable<string> OpenFiles(int pid)
    {
        try
        {
            return [.. Directory.GetFiles($"/proc/{pid}/fd").Select(file => new FileInfo(file).LinkTarget ?? "")];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return []; // it opens and closes files meanwhile
        }
    }

    private static bool HasWarnings(string table) => table.Contains("warning", StringComparison.Ordinal) || table.Contains("error", StringComparison.Ordinal);

    private static string? Verdict(string json, string check) => JsonDocument.Parse(json).RootElement.GetProperty("checks").EnumerateArray()
        .First(one => one.GetProperty("check").GetString() == check).GetProperty("verdict").GetString();

    private Dictionary<string, string?> Variables(string? job) => new(StringComparer.Ordinal)
    {
        ["PATH"] = _sandbox.Folder,
        ["SLURM_JOB_ID"] = job,
        ["CAIRN_CHECKPOINT_DIR"] = null,
    };

    private async Task<BufferedCommandResult> DoctorAsync(string? job, params string[] arguments) =>
        await CliWrap.Cli.Wrap(Running.Sandbox.Program).WithArguments(["doctor", .. arguments]).WithWorkingDirectory(_sandbox.Folder)
            .WithEnvironmentVariables(Variables(job)).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
}
