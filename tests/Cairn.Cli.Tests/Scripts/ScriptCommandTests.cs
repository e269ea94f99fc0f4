using System.Text.Json;
using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Scripts;

/// <summary>The real program.</summary>
public sealed class ScriptCommandTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    private async Task<BufferedCommandResult> RunAsync(params string[] arguments) =>
        await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(arguments).WithWorkingDirectory(_sandbox.Folder)
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);

    [Fact]
    public async Task Init_then_script_then_lint()
    {
        Assert.Equal(0, (await RunAsync("init")).ExitCode);
        var again = await RunAsync("init");
        Assert.Equal((2, true), (again.ExitCode, again.StandardError.Contains("job.toml is there already", StringComparison.Ordinal)));
        Assert.Equal(File.ReadAllText(_sandbox.At("job.toml")), (await RunAsync("init", "-")).StandardOutput);
        var written = await RunAsync("script", "--config", "job.toml", "--output", "job.sh", "--mem", "8G");
        Assert.Equal((0, "", ""), (written.ExitCode, written.StandardOutput, written.StandardError));
        Assert.Contains("#SBATCH --mem=8G\n", File.ReadAllText(_sandbox.At("job.sh")), StringComparison.Ordinal);
        Assert.True(Directory.Exists(_sandbox.At("logs")));
        Assert.Equal((0, "1 script: nothing found\n"), ((await RunAsync("lint", "job.sh")).ExitCode, (await RunAsync("lint", "job.sh")).StandardOutput));
    }

    [Fact]
    public async Task On_standard_output_the_script_is_alone_and_no_folder_is_made()
    {
        var written = await RunAsync("script", "--time", "12h", "--", "python", "train.py", "--time", "5");
        Assert.Equal(0, written.ExitCode);
        Assert.StartsWith("#!/bin/bash\n#SBATCH --job-name=train\n", written.StandardOutput, StringComparison.Ordinal);
        Assert.EndsWith("\nexec cairn run -- srun cairn run --task -- python train.py --time 5\n", written.StandardOutput, StringComparison.Ordinal);
        Assert.Equal("cairn: before sbatch: mkdir -p logs\n", written.StandardError);
        Assert.Empty(Directory.GetFileSystemEntries(_sandbox.Folder));
    }

    [Fact]
    public async Task What_lint_would_say_of_it_is_said_at_once()
    {
        var written = await RunAsync("script", "--time", "12h", "--launcher", "srun", "--", "torchrun", "train.py");
        Assert.Equal(1, written.ExitCode);
        Assert.Contains("CAIRN025", written.StandardError, StringComparison.Ordinal);
        Assert.Contains("srun torchrun train.py\n", written.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task For_programs_it_is_JSON_with_the_directives()
    {
        string[] job = ["script", "--time", "12h", "--account", "a b", "--", "python", "train.py", "it's"];
        var text = (await RunAsync(job)).StandardOutput;
        var written = await RunAsync([.. job[..1], "--format", "json", .. job[1..]]);
        Assert.Equal((0, ""), (written.ExitCode, written.StandardError));
        using var told = JsonDocument.Parse(written.StandardOutput);
        var root = told.RootElement;
        Assert.Equal(["path", "text", "directives", "log_folders", "findings"], root.EnumerateObject().Select(property => property.Name));
        Assert.Equal(JsonValueKind.Null, root.GetProperty("path").ValueKind);
        Assert.Equal(text, root.GetProperty("text").GetString());
        var directives = root.GetProperty("directives").EnumerateArray().Select(one => $"{one.GetProperty("line")} {one.GetProperty("option")} {one.GetProperty("value")}").ToArray();
        // Values are as sbatch reads them: without quotes; an option without a value has null.
        Assert.Equal("2 job-name train", directives[0]);
        Assert.Contains(directives, directive => directive.EndsWith(" account a b", StringComparison.Ordinal));
        Assert.Contains(directives, directive => directive.EndsWith(" requeue ", StringComparison.Ordinal));
        Assert.Equal(text.Split('\n').Count(line => line.StartsWith("#SBATCH", StringComparison.Ordinal)), directives.Length);
        Assert.Equal(["logs"], root.GetProperty("log_folders").EnumerateArray().Select(folder => folder.GetString()));
        Assert.Equal(0, root.GetProperty("findings").GetArrayLength());
        Assert.Empty(Directory.GetFileSystemEntries(_sandbox.Folder));
    }

    [Fact]
    public async Task For_programs_the_findings_stand_in_it_and_the_file_is_written()
    {
        var written = await RunAsync("script", "--time", "12h", "--launcher", "srun", "--format", "json", "--output", "job.sh", "--", "torchrun", "train.py");
        Assert.Equal((1, ""), (written.ExitCode, written.StandardError));
        using var told = JsonDocument.Parse(written.StandardOutput);
        Assert.Equal("job.sh", told.RootElement.GetProperty("path").GetString());
        Assert.Equal(File.ReadAllText(_sandbox.At("job.sh")), told.RootElement.GetProperty("text").GetString());
        using var linted = JsonDocument.Parse((await RunAsync("lint", "--format", "json", "job.sh")).StandardOutput);
        var finding = Assert.Single(told.RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal("CAIRN025", finding.GetProperty("rule").GetString());
        Assert.Equal(Assert.Single(linted.RootElement.GetProperty("files")[0].GetProperty("findings").EnumerateArray()).GetRawText().Split('\n').Select(line => line.Trim()), finding.GetRawText().Split('\n').Select(line => line.Trim()));
    }

    [Theory]
    [InlineData("--format xml: use text or json", "--time", "1h", "--format", "xml", "--", "python")]
    [InlineData("What is to run?", "--time", "12h")]
    [InlineData("How long may an attempt run?", "--", "python")]
    [InlineData("--time 'soon': write 12h", "--time", "soon", "--", "python")]
    [InlineData("--time 'UNLIMITED': without a limit", "--time", "UNLIMITED", "--", "python")]
    [InlineData("--time: with a wall time of 2 min", "--time", "2", "--", "python")]
    [InlineData("--lead: with a wall time of 1 h", "--time", "1h", "--lead", "1h", "--", "python")]
    [InlineData("--lead 'x': write 500ms", "--time", "1h", "--lead", "x", "--", "python")]
    [InlineData("--mem '16': write a whole number and its unit", "--time", "1h", "--mem", "16", "--", "python")]
    [InlineData("--nodes '0': write a whole number", "--time", "1h", "--nodes", "0", "--", "python")]
    [InlineData("--array '1-': write tasks", "--time", "1h", "--array", "1-", "--", "python")]
    [InlineData("--gpus-per-node 'x': write a number", "--time", "1h", "--gpus-per-node", "x", "--", "python")]
    [InlineData("--signal 'KILL': that is no warning", "--time", "1h", "--signal", "KILL", "--", "python")]
    [InlineData("--launcher 'mpirun': use wrapper, srun or dotnet", "--time", "1h", "--launcher", "mpirun", "--", "python")]
    [InlineData("--env 'a b=c': write NAME=VALUE", "--time", "1h", "--env", "a b=c", "--", "python")]
    [InlineData("--account: sbatch expands nothing", "--time", "1h", "--account", "$HOME", "--", "python")]
    [InlineData("--account: 'a\"b' holds \"", "--time", "1h", "--account", "a\"b", "--", "python")]
    [InlineData("--job-name 'a/b': a job's name is part of its log's name", "--time", "1h", "--job-name", "a/b", "--", "python")]
    [InlineData("--logs 'a%b': that is no folder for logs", "--time", "1h", "--logs", "a%b", "--", "python")]
    [InlineData("--mpi auto: there is no srun here", "--time", "1h", "--mpi", "auto", "--", "python")]
    [InlineData("--bind '/x': there is no container", "--time", "1h", "--bind", "/x", "--", "python")]
    [InlineData("--time is given 2 times", "--time", "1h", "--time", "2h", "--", "python")]
    [InlineData("dotnet run starts the program as a child", "--time", "1h", "--launcher", "dotnet", "--", "dotnet", "run")]
    [InlineData("There is no option --bogus", "--bogus", "--", "python")]
    [InlineData("There is no option --tiem. Did you mean --time?", "--tiem", "12h", "--", "python")]
    [InlineData("'python': the program goes after --", "--time", "1h", "python")]
    [InlineData("--config missing.toml: cannot be read", "--config", "missing.toml", "--", "python")]
    [InlineData("--config folder: is a directory", "--config", "folder", "--", "python")]
    [InlineData("--config binary.toml: is a binary file", "--config", "binary.toml", "--", "python")]
    [InlineData("job.toml:1: tiem is no setting", "--config", "job.toml", "--", "python")]
    [InlineData("--output folder: is a directory", "--time", "1h", "--output", "folder", "--", "python")]
    public async Task What_cannot_be_is_named_and_the_code_is_two(string message, params string[] arguments)
    {
        Directory.CreateDirectory(_sandbox.At("folder"));
        _sandbox.Write("binary.toml", "time = \"\0\"");
        _sandbox.Write("job.toml", "tiem = \"1h\"");
        var run = await RunAsync(["script", .. arguments]);
        Assert.True(run.ExitCode == 2, run.StandardError);
        Assert.Contains(message, run.StandardError, StringComparison.Ordinal);
        Assert.Equal("", run.StandardOutput);
    }

    [Theory]
    [InlineData("script", "--ntasks-per-node", "wrapper|srun|dotnet", "cairn init", "69")]
    [InlineData("init", "job.toml", "69")]
    [InlineData("submit", "--chain", "--dry-run", "--force", "--code", "CAIRN_SUBMISSION", "69")]
    public async Task Help_has_examples_options_and_exit_codes(string command, params string[] words)
    {
        var help = await RunAsync(command, "--help");
        Assert.All([.. words, "Examples:", "Exit codes:"], word => Assert.Contains(word, help.StandardOutput, StringComparison.Ordinal));
    }

    public void Dispose() => _sandbox.Dispose();
}
