using System.Text.Json;
using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Lint;

/// <summary>The real program, on real files.</summary>
public sealed class LintCommandTests : IDisposable
{
    private const string Sound = "#!/bin/bash\n#SBATCH --time=10\nhostname\n";
    private const string Unsound = "#!/bin/bash\n#SBATCH --time=12:00:00 --requeue --open-mode=append\n#SBATCH --signal=USR2@120\npython train.py\n";

    private readonly Sandbox _sandbox = new();

    private async Task<BufferedCommandResult> LintAsync(params string[] arguments) =>
        await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(["lint", .. arguments]).WithWorkingDirectory(_sandbox.Folder)
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_sound_script_is_zero_and_one_with_a_warning_is_one()
    {
        _sandbox.Write("sound.sh", Sound);
        _sandbox.Write("unsound.sh", Unsound);
        var sound = await LintAsync("sound.sh");
        Assert.Equal((0, "1 script: nothing found\n", ""), (sound.ExitCode, sound.StandardOutput, sound.StandardError));
        var both = await LintAsync("sound.sh", "unsound.sh");
        Assert.Equal((1, ""), (both.ExitCode, both.StandardError));
        Assert.Contains("unsound.sh:4", both.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("CAIRN020", both.StandardOutput, StringComparison.Ordinal);
        Assert.EndsWith("2 scripts: 1 warning; docs/lint.md explains the rules\n", both.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Notes_alone_are_sound_and_can_be_left_out()
    {
        _sandbox.Write("job.sh", "#!/bin/bash\n#SBATCH -t 10 -J a\n#SBATCH -t 20\nhostname\n");
        var noted = await LintAsync("job.sh");
        Assert.Equal(0, noted.ExitCode);
        Assert.Contains("CAIRN012", noted.StandardOutput, StringComparison.Ordinal);
        Assert.Equal("1 script: nothing found\n", (await LintAsync("--level", "warning", "job.sh")).StandardOutput);
    }

    [Fact]
    public async Task Fix_mends_the_file_and_keeps_its_rights_and_its_link()
    {
        var path = _sandbox.Write("real.sh", Unsound);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_000);
        File.CreateSymbolicLink(_sandbox.At("job.sh"), "real.sh");
        var mended = await LintAsync("--fix", "job.sh");
        Assert.Equal(0, mended.ExitCode);
        Assert.Contains("job.sh: mended CAIRN020", mended.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(Unsound.Replace("python", "srun python", StringComparison.Ordinal), File.ReadAllText(path));
        Assert.Equal((UnixFileMode)0b111_101_000, File.GetUnixFileMode(path));
        Assert.Equal("real.sh", new FileInfo(_sandbox.At("job.sh")).LinkTarget);
        Assert.Equal(2, Directory.GetFiles(_sandbox.Folder).Length);
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF8_are_left_as_they_are()
    {
        byte[] before = [.. "#!/bin/bash\n# caf"u8, 0xE9, .. "\n#SBATCH --time=12:00:00 --requeue --open-mode=append\n#SBATCH --signal=USR2@120\npython train.py\n"u8];
        File.WriteAllBytes(_sandbox.At("job.sh"), before);
        Assert.Equal(0, (await LintAsync("--fix", "job.sh")).ExitCode);
        byte[] after = [.. before.AsSpan(0, before.Length - "python train.py\n".Length), .. "srun python train.py\n"u8];
        Assert.Equal(after, File.ReadAllBytes(_sandbox.At("job.sh")));
    }

    [Fact]
    public async Task Mending_needs_no_folder_for_temporary_files()
    {
        var path = _sandbox.Write("job.sh", Unsound);
        var mended = await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(["lint", "--fix", path]).WithEnvironmentVariables(variables => variables.Set("TMPDIR", _sandbox.At("nowhere")))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0, ""), (mended.ExitCode, mended.StandardError));
        Assert.Contains("srun python train.py", File.ReadAllText(path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_byte_order_mark_is_named_and_taken_away()
    {
        File.WriteAllBytes(_sandbox.At("job.sh"), [0xEF, 0xBB, 0xBF, .. "#!/bin/bash\n#SBATCH --time=10\nhostname\n"u8]);
        var found = await LintAsync("job.sh");
        Assert.Equal(1, found.ExitCode);
        Assert.Contains("byte order mark", found.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(0, (await LintAsync("--fix", "job.sh")).ExitCode);
        Assert.Equal("#!/bin/bash\n#SBATCH --time=10\nhostname\n"u8.ToArray(), File.ReadAllBytes(_sandbox.At("job.sh")));
    }

    [Fact]
    public async Task Json_says_what_the_table_says()
    {
        _sandbox.Write("job.sh", Unsound);
        using var report = JsonDocument.Parse((await LintAsync("--format", "json", "job.sh", "missing.sh")).StandardOutput);
        var files = report.RootElement.GetProperty("files");
        var finding = files[0].GetProperty("findings")[0];
        Assert.Equal(
            ("CAIRN020", "warning", 4, true),
            (finding.GetProperty("rule").GetString(), finding.GetProperty("level").GetString(), finding.GetProperty("line").GetInt32(), finding.GetProperty("can_be_fixed").GetBoolean()));
        Assert.Contains("cannot be read", files[1].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sarif_has_rules_results_fixes_and_what_could_not_be_read()
    {
        _sandbox.Write("a job.sh", Unsound);
        using var report = JsonDocument.Parse((await LintAsync("--format", "sarif", "a job.sh", "missing.sh")).StandardOutput);
        var run = report.RootElement.GetProperty("runs")[0];
        var result = run.GetProperty("results")[0];
        var rule = run.GetProperty("tool").GetProperty("driver").GetProperty("rules")[result.GetProperty("ruleIndex").GetInt32()];
        Assert.Equal(("2.1.0", "CAIRN020", "CAIRN020"), (report.RootElement.GetProperty("version").GetString(), result.GetProperty("ruleId").GetString(), rule.GetProperty("id").GetString()));
        var location = result.GetProperty("locations")[0].GetProperty("physicalLocation");
        Assert.Equal(("a%20job.sh", 4), (location.GetProperty("artifactLocation").GetProperty("uri").GetString(), location.GetProperty("region").GetProperty("startLine").GetInt32()));
        var replacement = result.GetProperty("fixes")[0].GetProperty("artifactChanges")[0].GetProperty("replacements")[0];
        Assert.Equal("srun python train.py\n", replacement.GetProperty("insertedContent").GetProperty("text").GetString());
        var invocation = run.GetProperty("invocations")[0];
        Assert.False(invocation.GetProperty("executionSuccessful").GetBoolean());
        Assert.Contains("missing.sh", invocation.GetProperty("toolExecutionNotifications")[0].GetProperty("message").GetProperty("text").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing.sh: cannot be read", "missing.sh")]
    [InlineData("folder: is a directory", "folder")]
    [InlineData("binary.sh:2: is a binary file", "binary.sh")]
    [InlineData("large.sh: is larger than 4194304 bytes", "large.sh")]
    [InlineData("pipe: is no regular file", "pipe")]
    [InlineData("link: is no regular file", "link")]
    [InlineData("/dev/zero: is no regular file", "/dev/zero")]
    [InlineData("dangling: cannot be read", "dangling")]
    [InlineData("an argument is empty", "")]
    [InlineData("an argument is empty", "sound.sh", "")]
    [InlineData("Required argument 'FILE' missing")]
    [InlineData("There is no option --bogus", "--bogus", "sound.sh")]
    [InlineData("--format xml: use table, json or sarif", "--format", "xml", "sound.sh")]
    [InlineData("--level all: use note, warning or error", "--level", "all", "sound.sh")]
    [InlineData("--step-and-save soon is no duration", "--step-and-save", "soon", "sound.sh")]
    [InlineData("--checkpoints nowhere: there is no such folder", "--checkpoints", "nowhere", "sound.sh")]
    [InlineData("its journal tells of no step and no save yet", "--checkpoints", "folder", "sound.sh")]
    public async Task What_cannot_be_read_is_named_and_the_code_is_two(string message, params string[] arguments)
    {
        _sandbox.Write("sound.sh", Sound);
        _sandbox.Write("binary.sh", "#!/bin/sh\n\0");
        _sandbox.Write("large.sh", "#!/bin/sh\n" + new string('#', 5 << 20));
        Directory.CreateDirectory(_sandbox.At("folder"));
        await MakePipeAsync("pipe");
        File.CreateSymbolicLink(_sandbox.At("link"), "pipe");
        File.CreateSymbolicLink(_sandbox.At("dangling"), "nothing");
        var run = await LintAsync(arguments);
        Assert.Contains(message, run.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.StandardError, StringComparison.Ordinal);
        Assert.Equal(2, run.ExitCode);
    }

    [Fact]
    public async Task The_other_files_are_linted_when_one_cannot_be_read()
    {
        _sandbox.Write("unsound.sh", Unsound);
        var run = await LintAsync("missing.sh", "unsound.sh");
        Assert.Equal(2, run.ExitCode);
        Assert.Contains("unsound.sh:4", run.StandardOutput, StringComparison.Ordinal);
        Assert.EndsWith("1 could not be read\n", run.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Huge_lines_and_deep_nesting_are_read_in_time()
    {
        _sandbox.Write("line.sh", "#!/bin/bash\n#SBATCH --time=10 --comment=" + new string('x', 1 << 20) + "\necho " + new string('y', 2 << 20) + "\n");
        _sandbox.Write("deep.sh", "#!/bin/bash\n" + new string('(', 1 << 20) + "\n");
        _sandbox.Write("blank.sh", "#!/bin/bash\n" + new string(' ', 1 << 20) + "#" + new string(' ', 1 << 20) + "SBATCH\n");
        Assert.Equal(0, (await LintAsync("line.sh", "deep.sh", "blank.sh")).ExitCode);
    }

    [Theory]
    [InlineData(0, "--step-and-save", "90s")]
    [InlineData(1, "--step-and-save", "3m")]
    [InlineData(1, "--checkpoints", "checkpoints")]
    public async Task The_lead_is_compared_with_the_times_that_are_known(int code, params string[] known)
    {
        _sandbox.Write("job.sh", Unsound.Replace("python", "srun python", StringComparison.Ordinal));
        Directory.CreateDirectory(_sandbox.At("checkpoints/attempts"));
        _sandbox.Write("checkpoints/attempts/0001.jsonl", """{"event":"progress","time":"2026-01-01T00:00:00Z","steps":10,"mean_seconds":100,"longest_seconds":130}""" + "\n");
        var run = await LintAsync([.. known, "job.sh"]);
        Assert.True(code == run.ExitCode, run.StandardOutput + run.StandardError);
    }

    [Fact]
    public async Task A_log_folder_is_looked_for_here_and_beside_the_script()
    {
        const string text = "#!/bin/bash\n#SBATCH --time=10 --output=logs/%j.out\nhostname\n";
        Directory.CreateDirectory(_sandbox.At("jobs"));
        _sandbox.Write("jobs/job.sh", text);
        Assert.Contains("CAIRN011", (await LintAsync("jobs/job.sh")).StandardOutput, StringComparison.Ordinal);
        Directory.CreateDirectory(_sandbox.At("jobs/logs"));
        Assert.Equal(0, (await LintAsync("jobs/job.sh")).ExitCode);
    }

    [Fact]
    public async Task A_program_that_is_a_pipe_is_not_opened()
    {
        _sandbox.Write("job.sh", Sound.Replace("hostname", "python train.py", StringComparison.Ordinal).Replace("=10", "=10 --requeue --open-mode=append", StringComparison.Ordinal));
        await MakePipeAsync("train.py");
        Assert.Equal(0, (await LintAsync("job.sh")).ExitCode);
    }

    private async Task MakePipeAsync(string name) =>
        Assert.Equal(0, (await CliWrap.Cli.Wrap("mkfifo").WithArguments([_sandbox.At(name)]).ExecuteAsync(TestContext.Current.CancellationToken)).ExitCode);

    public void Dispose() => _sandbox.Dispose();
}
