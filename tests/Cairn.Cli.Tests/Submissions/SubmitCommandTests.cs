using System.Text.Json;
using Cairn.Cli.Submissions;
using Cairn.Cli.Tests.Running;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Submissions;

/// <summary>The real program, with a small script named sbatch that writes down what it is given.</summary>
public sealed class SubmitCommandTests : IDisposable
{
    private const string Sound = "#!/bin/bash\n#SBATCH --time=10 --output=logs/%j.out\nhostname\n";

    private readonly Sandbox _sandbox = new();

    public SubmitCommandTests()
    {
        _sandbox.Write("job.sh", Sound);
        Directory.CreateDirectory(_sandbox.At("bin"));
    }

    private string Record => Directory.GetFiles(_sandbox.At(".cairn/submissions"), "*.json").Single();

    private string[] Called => [.. _sandbox.Lines("called").Select(line => line.Replace(_sandbox.Folder + "/", "", StringComparison.Ordinal))];

    private void FakeSlurm(string sbatch = "echo $((100 + $(wc -l < called)))")
    {
        _sandbox.Script("bin/sbatch", $"printf '%s|' sbatch \"$@\" >> called; echo \"chain=${{CAIRN_CHAIN:+set}}\" >> called; [ -e \"$CAIRN_SUBMISSION\" ] || exit 9\n{sbatch}\n");
        _sandbox.Script("bin/scancel", "printf '%s|' scancel \"$@\" >> called; echo >> called");
    }

    private async Task<BufferedCommandResult> SubmitAsync(params string[] arguments) =>
        await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(["submit", .. arguments]).WithWorkingDirectory(_sandbox.Folder)
            .WithEnvironmentVariables(variables => variables.Set("PATH", _sandbox.At("bin") + ":/usr/bin:/bin").Set("CAIRN_CHAIN", null))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_script_that_is_there_is_recorded_and_given_to_sbatch_by_argument_list()
    {
        FakeSlurm();
        var run = await SubmitAsync("job.sh", "--", "an argument", "$(touch owned)");
        Assert.Equal((0, "101\n", ""), (run.ExitCode, run.StandardOutput, run.StandardError));
        Assert.Equal(["sbatch|--parsable|job.sh|an argument|$(touch owned)|chain="], Called);
        Assert.True(Directory.Exists(_sandbox.At("logs")));
        Assert.False(File.Exists(_sandbox.At("owned")));
        var record = SubmissionRecord.Read(Record);
        Assert.Equal(["101"], record.JobIds);
        Assert.Equal((_sandbox.At("job.sh"), _sandbox.Folder, false), (record.Script, record.CodeFolder, record.WrittenHere));
        Assert.Contains("job.sh", record.Code.Keys);
    }

    [Fact]
    public async Task A_program_gets_a_script_beside_the_record()
    {
        FakeSlurm("echo '55;cluster'");
        var run = await SubmitAsync("--time", "12h", "--format", "json", "--", "python", "train.py");
        Assert.True(run.ExitCode == 0, run.StandardError);
        using var report = JsonDocument.Parse(run.StandardOutput);
        Assert.Equal("55", report.RootElement.GetProperty("job_ids")[0].GetString());
        var script = report.RootElement.GetProperty("script").GetString()!;
        Assert.Equal(Path.ChangeExtension(Record, "sh"), script);
        Assert.EndsWith("python train.py\n", File.ReadAllText(script), StringComparison.Ordinal);
        Assert.Empty(Drift.Since(Record));
    }

    [Fact]
    public async Task A_chain_waits_job_by_job_and_its_rest_can_be_cancelled()
    {
        FakeSlurm();
        var run = await SubmitAsync("--chain", "3", "job.sh");
        Assert.Equal((0, "101\n102\n103\n"), (run.ExitCode, run.StandardOutput));
        Assert.Contains("nothing in the script runs under cairn run", run.StandardError, StringComparison.Ordinal);
        Assert.Equal(
            ["sbatch|--parsable|job.sh|chain=set", "sbatch|--parsable|--dependency=afterany:101|job.sh|chain=set", "sbatch|--parsable|--dependency=afterany:102|job.sh|chain=set"],
            Called);
        await CancelRest("101");
        Assert.Equal("scancel|102|103|", Called[^1]);
        await CancelRest("103");
        Assert.Equal(4, Called.Length);
    }

    [Fact]
    public async Task A_first_job_that_is_done_before_the_last_is_submitted_ends_the_chain()
    {
        FakeSlurm("touch \"$CAIRN_CHAIN.finished\"; echo 101");
        var run = await SubmitAsync("--chain", "3", "job.sh");
        Assert.Equal((0, "101\n"), (run.ExitCode, run.StandardOutput));
        Assert.Equal(["sbatch|--parsable|job.sh|chain=set"], Called);
    }

    [Fact]
    public async Task A_dry_run_shows_everything_and_does_nothing()
    {
        FakeSlurm();
        var run = await SubmitAsync("--dry-run", "--chain", "2", "--time", "12h", "--", "python", "train.py");
        Assert.True(run.ExitCode == 0, run.StandardError);
        Assert.DoesNotContain("under cairn run", run.StandardError, StringComparison.Ordinal);
        Assert.All(
            (string[])["would make the folder logs", "#SBATCH --signal=B:USR2@120", "would record 1 file of ", "would run sbatch --parsable --dependency=afterany:JOB1 "],
            text => Assert.Contains(text, run.StandardOutput, StringComparison.Ordinal));
        Assert.Equal(["bin", "job.sh"], Directory.GetFileSystemEntries(_sandbox.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Findings_stop_it_unless_forced()
    {
        FakeSlurm();
        _sandbox.Write("bad.sh", "#!/bin/bash\n#SBATCH --time=12:00:00 --requeue --open-mode=append --signal=USR2@120\npython train.py\n");
        var run = await SubmitAsync("bad.sh");
        Assert.Equal((1, ""), (run.ExitCode, run.StandardOutput));
        Assert.Contains("CAIRN020", run.StandardError, StringComparison.Ordinal);
        Assert.Empty(Called);
        Assert.Equal((0, "101\n"), ((await SubmitAsync("--force", "bad.sh")) is var forced ? forced.ExitCode : -1, forced.StandardOutput));
    }

    [Theory]
    [InlineData("pyhton train.py", "Did you mean python?")]
    [InlineData("python trian.py", "Did you mean train.py?")]
    [InlineData("srun python3 -u trian.py --lr 1", "Did you mean train.py?")]
    [InlineData("python train.py", null)]
    [InlineData("python of-another-folder.py", null)]
    public async Task A_program_or_a_script_that_is_not_there_stops_it_unless_forced(string command, string? advice)
    {
        FakeSlurm();
        _sandbox.Write("train.py", "# loads its checkpoint");
        _sandbox.Write("misprint.sh", $"#!/bin/bash\n#SBATCH --time=10\n{command}\n");
        var asScript = await SubmitAsync("misprint.sh");
        var asWords = command.StartsWith("srun", StringComparison.Ordinal) ? asScript : await SubmitAsync(["--time", "1h", "--", .. command.Split(' ')]);
        Assert.All([asScript, asWords], run =>
        {
            Assert.Equal((advice is null ? 0 : 1, advice is not null), (run.ExitCode, run.StandardError.Contains("CAIRN081", StringComparison.Ordinal)));
            Assert.Contains(advice ?? "", run.StandardError, StringComparison.Ordinal);
        });
        Assert.Equal(advice is null, Called.Length > 0);
        if (advice is not null)
            Assert.Equal(0, (await SubmitAsync("--force", "misprint.sh")).ExitCode);
    }

    [Theory]
    [InlineData("FOO", "sbatch|--parsable|--export=FOO,CAIRN_SUBMISSION|export.sh|chain=", "")]
    [InlineData("ALL,FOO=1", "sbatch|--parsable|export.sh|chain=", "")]
    [InlineData("NONE", "sbatch|--parsable|export.sh|chain=", "keeps CAIRN_SUBMISSION from the job")]
    public async Task The_scripts_own_export_is_kept(string export, string call, string said)
    {
        FakeSlurm();
        _sandbox.Write("export.sh", $"#!/bin/bash\n#SBATCH --time=10 --export={export}\nhostname\n");
        var run = await SubmitAsync("export.sh");
        Assert.Equal(call, Called[^1]);
        Assert.Contains(said, run.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_sbatch_it_says_so()
    {
        var run = await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments(["submit", "job.sh"]).WithWorkingDirectory(_sandbox.Folder)
            .WithEnvironmentVariables(variables => variables.Set("PATH", _sandbox.At("bin"))).WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.Equal((69, ""), (run.ExitCode, run.StandardOutput));
        Assert.Contains("sbatch cannot be started", run.StandardError, StringComparison.Ordinal);
        Assert.Contains("cairn local runs it here", run.StandardError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_sbatch_refuses_is_said_and_leaves_no_record()
    {
        FakeSlurm("echo 'sbatch: error: Invalid account' >&2; exit 1");
        var run = await SubmitAsync("job.sh");
        Assert.Equal((69, "cairn: sbatch: error: Invalid account\n"), (run.ExitCode, run.StandardError));
        Assert.Empty(Directory.GetFiles(_sandbox.At(".cairn/submissions")));
    }

    [Theory]
    [InlineData("echo 'Welcome to the cluster'; echo 'You have used 5 hours'; echo 7; echo 101")]
    [InlineData("printf 'quota 42\\n\\n101;north\\n\\n'")]
    [InlineData("echo 101; echo 'Have a nice day'")]
    [InlineData("echo 'Welcome' >&2; echo 101")]
    public async Task The_id_is_found_among_what_a_site_adds(string sbatch)
    {
        FakeSlurm(sbatch);
        var run = await SubmitAsync("job.sh");
        Assert.Equal((0, "101\n", ""), (run.ExitCode, run.StandardOutput, run.StandardError));
        Assert.Equal(["101"], SubmissionRecord.Read(Record).JobIds);
    }

    [Theory]
    [InlineData("echo 'It is queued'; echo 'job number 101'", "printed no job's id ('It is queued; job number 101'), so the job may be queued: squeue --me tells")]
    [InlineData("echo 101; echo 'the mail is not sent' >&2; exit 1", "the mail is not sent. But it printed an id, so the job may be queued: squeue -j 101 tells, scancel 101 takes it back")]
    public async Task A_job_that_may_be_queued_keeps_its_record_and_its_script(string sbatch, string said)
    {
        FakeSlurm(sbatch);
        var run = await SubmitAsync("--time", "12h", "--", "python", "train.py");
        Assert.Equal((69, ""), (run.ExitCode, run.StandardOutput));
        Assert.Contains(said, run.StandardError, StringComparison.Ordinal);
        Assert.Contains($"The record {Record} is kept", run.StandardError, StringComparison.Ordinal);
        Assert.True(SubmissionRecord.Read(Record).IsOf("101"));
        Assert.True(File.Exists(Path.ChangeExtension(Record, "sh")));
    }

    [Fact]
    public async Task What_sbatch_says_in_several_lines_is_one_line()
    {
        FakeSlurm("printf 'sbatch: error: Batch job submission failed\\n\\n  limit\\n' >&2; exit 1");
        Assert.Equal("cairn: sbatch: error: Batch job submission failed; limit\n", (await SubmitAsync("job.sh")).StandardError);
    }

    [Fact]
    public async Task A_chain_that_breaks_off_names_what_was_submitted()
    {
        FakeSlurm("[ $(wc -l < called) = 1 ] && echo 101 || { echo 'sbatch: error: limit' >&2; exit 1; }");
        var run = await SubmitAsync("--chain", "3", "job.sh");
        Assert.Equal(69, run.ExitCode);
        Assert.Contains("of the chain these were submitted: 101", run.StandardError, StringComparison.Ordinal);
        Assert.Equal(["101"], SubmissionRecord.Read(Record).JobIds);
    }

    [Theory]
    [InlineData("missing.sh: cannot be read", "missing.sh")]
    [InlineData("bin: is a directory", "bin")]
    [InlineData("What is to run?")]
    [InlineData("'other.sh': one script at a time", "job.sh", "other.sh")]
    [InlineData("job.sh is a script that is there", "--time", "5h", "job.sh")]
    [InlineData("--code nowhere: there is no such folder", "--code", "nowhere", "job.sh")]
    [InlineData("--chain 0: use 1 to 1000", "--chain", "0", "job.sh")]
    [InlineData("--chain and an array do not go together", "--chain", "2", "--time", "5h", "--array", "0-3", "--", "python", "x.py")]
    [InlineData("--format xml: use text or json", "--format", "xml", "job.sh")]
    [InlineData("There is no option --bogus", "--bogus", "job.sh")]
    public async Task What_cannot_be_is_named_and_the_code_is_two(string message, params string[] arguments)
    {
        FakeSlurm();
        var run = await SubmitAsync(arguments);
        Assert.True(run.ExitCode == 2, run.StandardError);
        Assert.Contains(message, run.StandardError, StringComparison.Ordinal);
        Assert.Empty(Called);
    }

    public void Dispose() => _sandbox.Dispose();

    private async Task CancelRest(string job)
    {
        var run = await CliWrap.Cli.Wrap(Sandbox.Program).WithArguments([Chain.Verb, Record]).WithWorkingDirectory(_sandbox.Folder)
            .WithEnvironmentVariables(variables => variables.Set("PATH", _sandbox.At("bin") + ":/usr/bin:/bin").Set("SLURM_JOB_ID", job))
            .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
        Assert.True(run.ExitCode == 0, run.StandardError);
    }
}
