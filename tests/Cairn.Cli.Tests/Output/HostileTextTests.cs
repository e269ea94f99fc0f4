using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Cli.Tests.Running;
using Cairn.Cli.Tests.Serving;
using CliWrap;
using CliWrap.Buffered;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Cli.Tests.Output;

/// <summary>
/// Names and texts that would move the cursor, colour a line, hide a letter or forge a line, wherever they can come from, through every
/// command as a process: nothing of that comes out.
/// </summary>
public sealed class HostileTextTests : IDisposable
{
    // ESC, carriage return, bell, a control character of the second block, a bidirectional override, an isolate, a zero-width one, a new line.
    private const string Bad = "a\e[31m\r\a\u009b\u202e\u2066\u200bb";
    private const string BadLine = Bad + "\nforged";

    private readonly Sandbox _sandbox = new();

    /// <summary>Where it stands, and the command that says it; HERE is the hostile text, a name in the folder too.</summary>
    public static TheoryData<string, string[]> Rows => new()
    {
        { "option", ["lint", "--HERE"] },
        { "command", ["HERE"] },
        { "topic", ["help", "HERE"] },
        { "shell", ["completion", "HERE"] },
        { "format", ["ls", "--format", "HERE"] },
        { "missing", ["lint", "missing-HERE"] },
        { "script's name", ["lint", "HERE.sh"] },
        { "script's name, mended", ["lint", "--fix", "HERE.sh"] },
        { "script's name, json", ["lint", "--format", "json", "HERE.sh"] },
        { "script's name, sarif", ["lint", "--format", "sarif", "HERE.sh"] },
        { "directive's name", ["lint", "directive.sh"] },
        { "directive's name, local", ["local", "directive.sh"] },
        { "directive's value", ["lint", "value.sh"] },
        { "directive's value, local", ["local", "value.sh"] },
        { "directive's value, submit", ["submit", "value.sh"] },
        { "partition, by scontrol", ["lint", "partition.sh"] },
        { "job's name", ["local", "--job-name", "HERE", "--output", "%x/no/folder", "sound.sh"] },
        { "script, local", ["local", "missing-HERE"] },
        { "log, local", ["local", "--output", "HERE/no/folder", "--", "true"] },
        { "program, local", ["local", "--", "./HERE"] },
        { "key of TOML", ["script", "--config", "key.toml"] },
        { "table of TOML", ["script", "--config", "table.toml"] },
        { "value of TOML", ["script", "--config", "value.toml"] },
        { "file of TOML", ["script", "--config", "missing-HERE"] },
        { "script's output", ["script", "--time", "1h", "--output", "HERE/job.sh", "--", "python", "x.py"] },
        { "script's program", ["script", "--time", "1h", "--format", "json", "--", "HERE"] },
        { "init", ["init", "HERE.toml"] },
        { "init, there", ["init", "HERE.sh"] },
        { "sbatch's error", ["submit", "--force", "sound.sh"] },
        { "submit, dry run", ["submit", "--dry-run", "--force", "--code", "HERE", "sound.sh", "--", "HERE"] },
        { "submit, script", ["submit", "missing-HERE"] },
        { "run, program", ["run", "--", "./HERE"] },
        { "run, option", ["run", "--signal", "HERE", "--", "true"] },
        { "folder", ["ls", "HERE"] },
        { "folder, json", ["ls", "--format", "json", "HERE"] },
        { "checkpoint", ["show", "HERE"] },
        { "checkpoint, json", ["show", "--format", "json", "HERE"] },
        { "tensor", ["show", "HERE", "--tensors", "HERE"] },
        { "journal", ["show", "HERE", "--attempts"] },
        { "journal, json", ["show", "HERE", "--attempts", "--format", "json"] },
        { "step", ["show", "HERE", "HERE"] },
        { "verify", ["verify", "HERE"] },
        { "verify, json", ["verify", "--format", "json", "HERE"] },
        { "metrics", ["metrics", "HERE"] },
        { "metrics, json", ["metrics", "--format", "json", "HERE"] },
        { "metric's name", ["metrics", "HERE", "--metric", "HERE"] },
        { "prune", ["prune", "HERE", "--keep-last", "HERE"] },
        { "export", ["export", "HERE", "-o", "HERE"] },
        { "export, part", ["export", "HERE", "--part", "HERE", "-o", "x"] },
        { "rollback", ["rollback", "HERE", "--to-step", "HERE"] },
        { "prune, dry run", ["prune", "--dry-run", "--keep-last", "1", "HERE"] },
        { "doctor", ["doctor", "--no-speed", "--checkpoint-dir", "HERE.sh/x"] },
        { "doctor, json", ["doctor", "--no-speed", "--format", "json", "--checkpoint-dir", "HERE.sh/x"] },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Nothing_of_it_comes_out(string where, string[] command)
    {
        var run = await CairnAsync([.. command.Select(word => word.Replace("HERE", BadLine, StringComparison.Ordinal))]);
        var said = run.StandardOutput + run.StandardError;
        AssertPrintable(where, said);
        Assert.True(said.Contains("202e", StringComparison.OrdinalIgnoreCase) || said.Contains("\\u{1b}", StringComparison.Ordinal), $"{where}: the hostile text was not said at all: {said}");
    }

    [Theory]
    [InlineData("run", "CAIRN_SUBMISSION", "--", "true")]
    [InlineData("local", "TMPDIR", "--", "true")]
    public async Task Nor_out_of_what_has_a_voice_of_its_own(string command, string variable, params string[] words)
    {
        Prepare();
        // `cairn run` writes past the console, `cairn local` beside the job's own output; both tell of the variable's value.
        var run = await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments([command, .. words]).WithWorkingDirectory(_sandbox.Folder)
            .WithEnvironmentVariables(variables => variables.Set("PATH", _sandbox.At("bin") + ":/usr/bin:/bin").Set("SLURM_JOB_ID", "17").Set(variable, _sandbox.At(BadLine)))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        AssertPrintable(command, run.StandardError);
        Assert.Contains("\\u{202e}", run.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_command_is_left_out()
    {
        var commands = (await CairnAsync("--help")).StandardOutput.Split("Commands:\n")[1].Split("\n\n")[0].Split('\n').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0]).ToArray();
        Assert.Contains("lint", commands);
        foreach (var command in commands)
        {
            foreach (var words in (string[][])[[BadLine], ["--" + BadLine], [BadLine, BadLine, "--", BadLine]])
                AssertPrintable(command, command == "serve" ? await ServedAsync(words) : (await CairnAsync([command, .. words])) is var run ? run.StandardOutput + run.StandardError : "");
        }
    }

    // It goes on until Ctrl-C where there is a run; the hostile folder is one.
    private async Task<string> ServedAsync(string[] words)
    {
        using var serving = new ServedPage(_sandbox.Folder, words);
        return await serving.AddressAsync() is null ? await serving.EndAsync() : await serving.InterruptAsync();
    }

    [Fact]
    public async Task On_a_terminal_colours_alone_come_through()
    {
        Prepare();
        var run = await CliWrap.Cli.Wrap("script").WithArguments(["--quiet", "--command", $"'{Sandbox.Program}' lint directive.sh value.sh", "/dev/null"])
            .WithWorkingDirectory(_sandbox.Folder).WithEnvironmentVariables(variables => variables.Set("TERM", "xterm-256color").Set("NO_COLOR", null))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        // Colours, and what the runtime asks a terminal for.
        var text = Regex.Replace(run.StandardOutput, @"\e(\[[0-9;]*m|\[\?1[hl]|[=>])", "", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(10)).Replace("\r\n", "\n", StringComparison.Ordinal);
        Assert.NotEqual(run.StandardOutput, text);
        AssertPrintable("terminal", text);
        Assert.DoesNotContain("\e[31ma", run.StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_script_that_is_written_into_a_file_stays_as_it_is()
    {
        // A zero-width joiner is a letter of many scripts, and a part of faces.
        string[] words = ["script", "--time", "1h", "--", "python", "x.py", "--name", "a\u200db\tc\u009bd"];
        var printed = await CairnAsync(words);
        var written = await CairnAsync(["script", "--output", "job.sh", .. words[1..]]);
        Assert.Equal(File.ReadAllText(_sandbox.At("job.sh")), printed.StandardOutput);
        Assert.Contains("a\u200db\\tc\u009bd", printed.StandardOutput, StringComparison.Ordinal);
        AssertPrintable("written", written.StandardOutput + written.StandardError);
    }

    public void Dispose() => _sandbox.Dispose();

    private static void AssertPrintable(string where, string said)
    {
        foreach (var rune in said.EnumerateRunes())
        {
            Assert.False(
                rune.Value != '\n' && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator,
                $"{where}: {rune.Value:x} in {Uri.EscapeDataString(said)}");
        }

        Assert.DoesNotContain("forged", said.Split('\n').Select(line => line.Length < 6 ? line : line[..6]));
    }

    private async Task<BufferedCommandResult> CairnAsync(params string[] arguments)
    {
        Prepare();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Sandbox.Patience); // a command that does not end is named by the test that started it
        return await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(arguments).WithWorkingDirectory(_sandbox.Folder)
            .WithEnvironmentVariables(variables => variables.Set("PATH", _sandbox.At("bin") + ":/usr/bin:/bin").Set("SLURM_JOB_ID", null).Set("CAIRN_CHECKPOINT_DIR", null))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(patience.Token);
    }

    // Where a name in the file system may hold it, the folder of that name is a checkpoint folder with hostile records.
    private void Prepare()
    {
        if (Directory.Exists(_sandbox.At("bin")))
            return;
        Directory.CreateDirectory(_sandbox.At("bin"));
        var forBash = Bad.Replace("\e", "\\e", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal).Replace("\a", "\\a", StringComparison.Ordinal);
        _sandbox.Script("bin/sbatch", $"printf '{forBash}\\nforged\\n'; printf 'sbatch: error: {forBash}\\nforged\\n' >&2; exit 1\n");
        _sandbox.Script("bin/scontrol", $"printf 'PartitionName={forBash} Default=YES MaxTime=00:01:00\\n'\n");
        _sandbox.Write("sound.sh", "#!/bin/bash\n#SBATCH --time=10\nhostname\n");
        _sandbox.Write(BadLine + ".sh", "#!/bin/bash\n#SBATCH --time=10 --signal=USR2@60 --requeue\n#SBATCH --open-mode=truncate --output=x.log\npython train.py\n");
        _sandbox.Write("directive.sh", $"#!/bin/bash\n#SBATCH --{Bad}=1\n#SBATCH --tim{Bad}=1\nhostname\n");
        _sandbox.Write("value.sh", $"#!/bin/bash\n#SBATCH --time={Bad}\n#SBATCH --signal={Bad} --output=\"{Bad}/{Bad}\"\nsrun {Bad}\n");
        _sandbox.Write("partition.sh", "#!/bin/bash\n#SBATCH --time=10:00:00 --partition=gpu\nhostname\n");
        var toml = string.Concat(BadLine.Select(letter => $"\\u{(int)letter:x4}"));
        _sandbox.Write("key.toml", $"\"{toml}\" = 1\n");
        _sandbox.Write("table.toml", $"[\"{toml}\"]\nx = 1\n");
        _sandbox.Write("value.toml", $"time = \"{toml}\"\nprogram = [\"true\"]\n");

        var folder = Directory.CreateDirectory(_sandbox.At(BadLine)).FullName;
        using (var store = new CheckpointStore(folder, NullLogger.Instance, TimeProvider.System))
        {
            var metadata = new Dictionary<string, PartValue> { [BadLine] = PartValue.From(0.5), ["words"] = PartValue.From(BadLine) };
            foreach (var step in (long[])[10, 20])
                store.Save(step, new Dictionary<string, ICheckpointPart> { ["model"] = new HostilePart() }, new(1, BadLine, 1), metadata).Wait();
        }

        var damaged = Path.Combine(folder, CheckpointNames.ForStep(20), "model.safetensors");
        var bytes = File.ReadAllBytes(damaged);
        bytes[^1] ^= 1;
        File.WriteAllBytes(damaged, bytes);
        Directory.CreateDirectory(Path.Combine(folder, ".saving-" + BadLine));
        Directory.CreateDirectory(Path.Combine(folder, "attempts"));
        JournalEvent[] events = [new AttemptStarted(DateTimeOffset.UnixEpoch, 1, BadLine, 0, BadLine, 1, ProcessIdentity.Current with { StartTicks = 1 }, BadLine, BadLine), new FolderTaken(DateTimeOffset.UnixEpoch, 10)];
        File.WriteAllLines(AttemptFiles.Journal(folder, 1), events.Select(entry => Encoding.UTF8.GetString(JournalForm.Write(entry))));
    }

    private sealed class HostilePart : ICheckpointPart
    {
        public PartState Describe() => new()
        {
            Tensors = [PartTensor.Of(BadLine, DType.Float32, (float[])[1, 2], 2)],
            Values = new Dictionary<string, PartValue> { [BadLine] = PartValue.From(BadLine) },
            Conditions = new Dictionary<string, string> { [BadLine] = BadLine },
        };

        public IEnumerable<string> FindDifferences(PartRecord saved) => [];

        public void Restore(PartReader saved) => throw new NotSupportedException();
    }
}
