using System.Text.Json;
using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Adoption;

/// <summary>The real program, on real files.</summary>
public sealed class AdoptCommandTests : IDisposable
{
    private const string Plain = "#!/bin/bash\n#SBATCH --time=12:00:00\npython train.py\n";
    private const string Adopted = "#!/bin/bash\n#SBATCH --time=12:00:00\n#SBATCH --signal=B:USR2@120\n#SBATCH --requeue\n#SBATCH --open-mode=append\nexec cairn run --checkpoint-dir checkpoints/train -- python train.py\n";
    private const string Refused = "#!/bin/bash\n#SBATCH --time=12:00:00\npython a.py &\npython b.py &\nwait\n";

    private readonly Sandbox _sandbox = new();

    private async Task<BufferedCommandResult> AdoptAsync(params string[] arguments) =>
        await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(["adopt", .. arguments]).WithWorkingDirectory(_sandbox.Folder)
            .WithEnvironmentVariables(variables => variables.Set("PATH", "/usr/bin:/bin"))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);

    [Fact]
    public async Task The_diff_goes_to_standard_output_and_nothing_is_written()
    {
        _sandbox.Write("job.sh", Plain);
        var run = await AdoptAsync("job.sh");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(
            """
            --- job.sh
            +++ job.sh
            @@ -1,3 +1,6 @@
             #!/bin/bash
             #SBATCH --time=12:00:00
            -python train.py
            +#SBATCH --signal=B:USR2@120
            +#SBATCH --requeue
            +#SBATCH --open-mode=append
            +exec cairn run --checkpoint-dir checkpoints/train -- python train.py

            """,
            run.StandardOutput);
        Assert.All((string[])["nothing is written; --write changes the file", "cairn is not on PATH here", "In train.py, where it is not there yet", "cairn.stop_requested("], text => Assert.Contains(text, run.StandardError, StringComparison.Ordinal));
        Assert.Equal(Plain, File.ReadAllText(_sandbox.At("job.sh")));
    }

    [Fact]
    public async Task Write_keeps_the_rights_and_the_link_and_a_second_time_changes_nothing()
    {
        var path = _sandbox.Write("real.sh", Plain);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_000);
        File.CreateSymbolicLink(_sandbox.At("job.sh"), "real.sh");
        Assert.Equal(0, (await AdoptAsync("--write", "job.sh")).ExitCode);
        Assert.Equal(Adopted, File.ReadAllText(path));
        Assert.Equal((UnixFileMode)0b111_101_000, File.GetUnixFileMode(path));
        Assert.Equal("real.sh", new FileInfo(_sandbox.At("job.sh")).LinkTarget);
        Assert.Equal(2, Directory.GetFiles(_sandbox.Folder).Length);

        var before = File.GetLastWriteTimeUtc(path);
        var again = await AdoptAsync("--write", "job.sh");
        Assert.Equal((0, ""), (again.ExitCode, again.StandardOutput));
        Assert.Contains("job.sh:6: cairn run is there already", again.StandardError, StringComparison.Ordinal);
        Assert.Equal(before, File.GetLastWriteTimeUtc(path));
        Assert.Equal("1 script: nothing found\n", (await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(["lint", "job.sh"]).WithWorkingDirectory(_sandbox.Folder).ExecuteBufferedAsync(TestContext.Current.CancellationToken)).StandardOutput);
    }

    [Fact]
    public async Task Another_file_gets_the_rights_of_the_first()
    {
        File.SetUnixFileMode(_sandbox.Write("job.sh", Plain), (UnixFileMode)0b111_101_000);
        var run = await AdoptAsync("-o", "new.sh", "job.sh");
        Assert.Equal(0, run.ExitCode);
        Assert.StartsWith("--- job.sh\n+++ new.sh\n", run.StandardOutput, StringComparison.Ordinal);
        Assert.Equal((Plain, Adopted), (File.ReadAllText(_sandbox.At("job.sh")), File.ReadAllText(_sandbox.At("new.sh"))));
        Assert.Equal((UnixFileMode)0b111_101_000, File.GetUnixFileMode(_sandbox.At("new.sh")));
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF8_are_left_as_they_are()
    {
        byte[] before = [.. "#!/bin/bash\n# caf"u8, 0xE9, .. "\n#SBATCH --time=12:00:00\npython train.py\n"u8];
        File.WriteAllBytes(_sandbox.At("job.sh"), before);
        Assert.Equal(0, (await AdoptAsync("--write", "job.sh")).ExitCode);
        Assert.Equal((byte)0xE9, File.ReadAllBytes(_sandbox.At("job.sh"))[17]);
    }

    [Theory]
    [InlineData("--write")]
    [InlineData("-o", "new.sh")]
    public async Task What_is_refused_is_not_written_and_the_reason_has_its_line(params string[] options)
    {
        _sandbox.Write("job.sh", Refused);
        var run = await AdoptAsync([.. options, "job.sh"]);
        Assert.Equal((1, ""), (run.ExitCode, run.StandardOutput));
        Assert.StartsWith("cairn: job.sh:3: not converted, and nothing written: several programs run side by side (lines 3, 4)", run.StandardError, StringComparison.Ordinal);
        Assert.Equal(Refused, File.ReadAllText(_sandbox.At("job.sh")));
        Assert.Single(Directory.GetFiles(_sandbox.Folder));
    }

    [Fact]
    public async Task Json_has_all_of_it()
    {
        _sandbox.Write("job.sh", Plain.Replace("--time", "--no-requeue --time", StringComparison.Ordinal));
        using var json = JsonDocument.Parse((await AdoptAsync("--format", "json", "--write", "job.sh")).StandardOutput);
        var root = json.RootElement;
        Assert.Equal(("job.sh", true, "job.sh"), (root.GetProperty("path").GetString(), root.GetProperty("changed").GetBoolean(), root.GetProperty("written").GetString()));
        Assert.Equal(File.ReadAllText(_sandbox.At("job.sh")), root.GetProperty("text").GetString());
        Assert.StartsWith("--- job.sh\n", root.GetProperty("diff").GetString(), StringComparison.Ordinal);
        Assert.Equal(2, root.GetProperty("remarks")[0].GetProperty("line").GetInt32());
        Assert.Equal(0, root.GetProperty("refusals").GetArrayLength());
        Assert.NotEqual(0, root.GetProperty("for_program").GetArrayLength());
        Assert.Equal(0, root.GetProperty("findings").GetArrayLength());

        _sandbox.Write("job.sh", Refused);
        var refused = await AdoptAsync("--format", "json", "job.sh");
        using var other = JsonDocument.Parse(refused.StandardOutput);
        Assert.Equal((1, false, 3), (refused.ExitCode, other.RootElement.GetProperty("changed").GetBoolean(), other.RootElement.GetProperty("refusals")[0].GetProperty("line").GetInt32()));
    }

    [Theory]
    [InlineData("missing.sh: cannot be read", "missing.sh")]
    [InlineData("folder: is a directory", "folder")]
    [InlineData("/dev/zero: is no regular file", "/dev/zero")]
    [InlineData("binary.sh:2: is a binary file", "binary.sh")]
    [InlineData("an argument is empty", "")]
    [InlineData("Required argument 'FILE' missing")]
    [InlineData("There is no option --wirte. Did you mean --write?", "--wirte", "job.sh")]
    [InlineData("There is no option --wirte. Did you mean --write?", "--wirte")]
    [InlineData("One script at a time", "job.sh", "job.sh")]
    [InlineData("--format sarif: use diff or json", "--format", "sarif", "job.sh")]
    [InlineData("use one of them", "--write", "-o", "new.sh", "job.sh")]
    [InlineData("--output folder: is a directory", "-o", "folder", "job.sh")]
    [InlineData("nowhere/new.sh: cannot be written", "-o", "nowhere/new.sh", "job.sh")]
    [InlineData("/dev/null: is there already, and no regular file", "-o", "/dev/null", "job.sh")]
    public async Task What_cannot_be_is_named_and_the_code_is_two(string message, params string[] arguments)
    {
        _sandbox.Write("job.sh", Plain);
        _sandbox.Write("binary.sh", "#!/bin/sh\n\0");
        Directory.CreateDirectory(_sandbox.At("folder"));
        var run = await AdoptAsync(arguments);
        Assert.Contains(message, run.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.StandardError, StringComparison.Ordinal);
        Assert.Equal(2, run.ExitCode);
    }

    [Fact]
    public async Task Of_a_plain_script_that_trains_lint_names_it()
    {
        _sandbox.Write("my job.sh", Plain);
        var lint = await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(["lint", "--format", "json", "my job.sh"]).WithWorkingDirectory(_sandbox.Folder).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, lint.ExitCode);
        using var json = JsonDocument.Parse(lint.StandardOutput);
        Assert.Contains("cairn adopt 'my job.sh'", json.RootElement.GetProperty("files")[0].GetProperty("findings")[0].GetProperty("advice").GetString(), StringComparison.Ordinal);
    }

    public void Dispose() => _sandbox.Dispose();
}
