using Cairn.Cli.Submissions;
using Cairn.Cli.Tests.Running;

namespace Cairn.Cli.Tests.Wrapper;

/// <summary>What <c>cairn run</c> does in a job of <c>cairn submit</c>. The job is made up, and scancel writes down what it is given.</summary>
public sealed class SubmittedJobTests : IDisposable
{
    private readonly WrapperSandbox _sandbox = new();
    private readonly string _path;

    public SubmittedJobTests()
    {
        _path = _sandbox.PathWithoutSlurm();
        _sandbox.Script("bin/scancel", "echo \"scancel $*\" >> called");
        _sandbox.Write("train.py", "print('trained')\n");
    }

    private string RecordFile => _sandbox.At(".cairn/submissions/one.json");

    private string[] Called => File.Exists(_sandbox.At("called")) ? File.ReadAllLines(_sandbox.At("called")) : [];

    [Theory]
    [InlineData("101", "scancel 102 103")]
    [InlineData("102", "scancel 103")]
    [InlineData("103", null)]
    [InlineData("999", null)] // a job that one of the chain has submitted inherits its variables
    public async Task A_job_of_a_chain_that_has_finished_cancels_those_behind_it(string id, string? called)
    {
        Submit("101", "102", "103");
        Assert.Equal(0, await RunAsync(id, "--", "sh", "-c", "exit 0"));
        Assert.Equal(called is null ? [] : [called], Called);
        Assert.Equal(id != "999", Chain.IsFinished(RecordFile));
        Assert.Equal(called is not null, _sandbox.Error.Contains("is cancelled", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("exit 3", 3, "--requeue-crashes", "1")]
    [InlineData("exit 75", 0)]
    public async Task One_that_is_to_go_on_leaves_them(string script, int code, params string[] options)
    {
        Submit("101", "102");
        Assert.Equal(code, await RunAsync("101", [.. options, "--", "sh", "-c", script]));
        Assert.Empty(Called);
        Assert.False(Chain.IsFinished(RecordFile));
    }

    [Theory]
    [InlineData(3, "The program failed: the rest of the chain, 102, is cancelled.")]
    [InlineData(78, "The program asks not to be started again: the rest of the chain, 102, is cancelled.")]
    public async Task One_that_would_not_be_requeued_cancels_them(int code, string words)
    {
        Submit("101", "102");
        Assert.Equal(code, await RunAsync("101", "--", "sh", "-c", $"exit {code}"));
        Assert.Equal(["scancel 102"], Called);
        Assert.Contains(words, _sandbox.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_starts_after_the_chain_has_ended_does_nothing_but_cancel_the_rest()
    {
        Submit("101", "102", "103");
        await File.WriteAllTextAsync(RecordFile + ".finished", "", TestContext.Current.CancellationToken);
        Assert.Equal(0, await RunAsync("102", "--", "sh", "-c", "touch ran"));
        Assert.False(File.Exists(_sandbox.At("ran")));
        Assert.Equal(["scancel 103"], Called);
        Assert.Contains($"not started: an earlier job has ended the chain (remove {RecordFile}.finished", _sandbox.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_has_changed_since_the_submission_is_said_even_by_a_program_that_ends_at_once()
    {
        Submit("101");
        _sandbox.Write("train.py", "print('other')\n");
        Assert.Equal(0, await RunAsync("101", "--", "sh", "-c", "exit 0"));
        Assert.Contains("cairn: warning: Changed since the job was submitted: train.py.", _sandbox.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_said_where_nothing_has_changed_or_the_record_is_of_another_job()
    {
        Submit("101");
        Assert.Equal(0, await RunAsync("101", "--", "sh", "-c", "exit 0"));
        _sandbox.Write("train.py", "print('other')\n");
        Assert.Equal(0, await RunAsync("999", "--", "sh", "-c", "exit 0"));
        Assert.DoesNotContain("since the job was submitted", _sandbox.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_that_is_gone_is_said_and_the_program_runs()
    {
        Assert.Equal(0, await RunAsync("101", "--", "sh", "-c", "exit 0"));
        Assert.Contains($"warning: {RecordFile}, the record of the submission, cannot be read", _sandbox.Error, StringComparison.Ordinal);
        Assert.Contains("The rest of the chain is not cancelled", _sandbox.Error, StringComparison.Ordinal);
    }

    public void Dispose() => _sandbox.Dispose();

    private void Submit(params string[] ids)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(RecordFile)!);
        var (files, isWhole) = CodeFolder.Scan(_sandbox.Folder, [_path]);
        new SubmissionRecord(SubmissionRecord.Current, TimeProvider.System.GetUtcNow(), _sandbox.At("job.sh"), "", true, _sandbox.Folder, [_path], files, isWhole, ids).Write(RecordFile);
    }

    private async Task<int> RunAsync(string id, params string[] arguments)
    {
        _sandbox.Start(arguments, null, $"SLURM_JOB_ID={id}", $"PATH={_path}", $"{Submission.Variable}={RecordFile}", $"{Chain.Variable}={RecordFile}");
        return await _sandbox.EndAsync();
    }
}
