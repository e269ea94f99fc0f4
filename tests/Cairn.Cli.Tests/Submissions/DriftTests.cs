using Cairn.Cli.Submissions;
using Cairn.Cli.Tests.Running;

namespace Cairn.Cli.Tests.Submissions;

public sealed class DriftTests : IDisposable
{
    private readonly Sandbox _sandbox = new();

    private string RecordFile => _sandbox.At(".cairn/submissions/one.json");

    [Fact]
    public void What_is_as_it_was_gives_no_sentence()
    {
        Submit();
        File.SetLastWriteTimeUtc(_sandbox.At("train.py"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        _sandbox.Write("result.txt", "7");
        Directory.CreateDirectory(_sandbox.At("__pycache__"));
        _sandbox.Write("__pycache__/train.py", "cached");
        Assert.Empty(Drift.Since(RecordFile));
    }

    [Fact]
    public void Changed_gone_and_new_files_are_named()
    {
        Submit();
        _sandbox.Write("train.py", "two");
        File.Delete(_sandbox.At("model.py"));
        _sandbox.Write("helper.py", "new");
        _sandbox.Write("job.sh", "#!/bin/bash\necho\n");
        Assert.Equal(
            [
                $"{_sandbox.At("job.sh")} was changed since it was submitted: the job goes on with what was submitted.",
                "Changed since the job was submitted: job.sh, train.py.",
                "Gone since the job was submitted: model.py.",
                "New since the job was submitted: helper.py.",
            ],
            Drift.Since(RecordFile));
    }

    [Fact]
    public void A_change_that_keeps_size_and_hides_behind_no_time_is_seen_by_its_hash()
    {
        Submit();
        _sandbox.Write("train.py", "eno");
        File.SetLastWriteTimeUtc(_sandbox.At("train.py"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal(["Changed since the job was submitted: train.py."], Drift.Since(RecordFile));
    }

    [Fact]
    public void Of_many_files_some_are_named()
    {
        var before = Enumerable.Range(0, 8).ToDictionary(number => $"f{number}.py", _ => new CodeFile(1, 0, "a"), StringComparer.Ordinal);
        var now = before.ToDictionary(file => file.Key, _ => new CodeFile(1, 0, "b"), StringComparer.Ordinal);
        Assert.Equal(["Changed since the job was submitted: f0.py, f1.py, f2.py, f3.py, f4.py and 3 more."], Drift.Between(before, now, isWhole: true));
        // What was not reached is not gone.
        Assert.Empty(Drift.Between(before, new Dictionary<string, CodeFile>(StringComparer.Ordinal), isWhole: false));
    }

    [Theory]
    [InlineData("", "cannot be read")]
    [InlineData("{", "cannot be read")]
    [InlineData("[]", "cannot be read")]
    [InlineData("null", "no record of a submission")]
    [InlineData("{\"version\":99}", "no record of a submission")]
    public void A_record_that_cannot_be_read_is_one_sentence(string text, string words)
    {
        Assert.Contains("cannot be read", Assert.Single(Drift.Since(_sandbox.At("missing.json"))), StringComparison.Ordinal);
        _sandbox.Write("bad.json", text);
        Assert.Contains(words, Assert.Single(Drift.Since(_sandbox.At("bad.json"))), StringComparison.Ordinal);
        Assert.False(Chain.CancelRest(_sandbox.At("bad.json"), "1").Done);
    }

    [Fact]
    public void Links_builds_checkpoints_and_what_is_too_much_are_left_out()
    {
        foreach (var folder in (string[])["bin", ".git", "checkpoints", "src"])
        {
            Directory.CreateDirectory(_sandbox.At(folder));
            _sandbox.Write(folder + "/file.py", "x");
        }

        File.CreateSymbolicLink(_sandbox.At("link.py"), "/etc/passwd");
        Directory.CreateSymbolicLink(_sandbox.At("loop"), ".");
        var (files, isWhole) = CodeFolder.Scan(_sandbox.Folder, [_sandbox.At("checkpoints")]);
        Assert.True(isWhole);
        Assert.Equal(["src/file.py"], files.Keys);
        _sandbox.Write("src/more.py", "x");
        Assert.False(CodeFolder.Scan(_sandbox.Folder, [], most: 1).IsWhole);
    }

    [Theory]
    [InlineData("2 3", "1")]
    [InlineData("3", "2")]
    [InlineData("", "3")]
    [InlineData("1 2 3", "9")]
    [InlineData("1 2 3", null)]
    public void The_rest_of_a_chain_stands_behind_the_running_job(string rest, string? job) =>
        Assert.Equal(rest, string.Join(' ', Chain.Rest(["1", "2", "3"], job)));

    public void Dispose() => _sandbox.Dispose();

    private void Submit()
    {
        _sandbox.Write("train.py", "one");
        _sandbox.Write("model.py", "one");
        var script = _sandbox.Write("job.sh", "#!/bin/bash\n");
        Directory.CreateDirectory(Path.GetDirectoryName(RecordFile)!);
        var (files, isWhole) = CodeFolder.Scan(_sandbox.Folder, []);
        new SubmissionRecord(
            SubmissionRecord.Current, TimeProvider.System.GetUtcNow(), script, SubmissionRecord.HashOf(File.ReadAllBytes(script)), false, _sandbox.Folder, [], files, isWhole, []).Write(RecordFile);
    }
}
