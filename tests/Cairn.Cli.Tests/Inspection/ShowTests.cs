using Cairn.Attempts;

namespace Cairn.Cli.Tests.Inspection;

/// <summary><c>cairn show</c> as a process.</summary>
public sealed class ShowTests : IDisposable
{
    private readonly MadeFolder _folder = new MadeFolder().Save(10, 20);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Shows_everything_that_the_record_has()
    {
        var run = await _folder.CairnAsync("show");
        Assert.Equal((0, ""), (run.ExitCode, run.StandardError));
        string[] expected = ["step-0000000020", "4711_2", "metadata: loss", "condition: threads", "model: epoch", "model: rate", "Infinity", "model.frozen.safetensors", "layer.weight", "float32", "[4, 3]", "valid"];
        Assert.All(expected, text => Assert.Contains(text, run.StandardOutput, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Json_is_the_record_and_tensors_can_be_chosen()
    {
        var whole = (await _folder.JsonAsync(0, "show", "checkpoints", "10")).GetProperty("record");
        Assert.Equal((10, 3), (whole.GetProperty("step").GetInt32(), whole.GetProperty("parts")[0].GetProperty("tensors").GetArrayLength()));
        Assert.Equal("7ff0000000000000", whole.GetProperty("parts")[0].GetProperty("values").GetProperty("rate").GetProperty("bits").GetString());
        foreach (var pattern in (string[])["*.bias", "model/layer.b*", "layer.bias"])
        {
            var tensors = (await _folder.JsonAsync(0, "show", "latest", "--tensors", pattern)).GetProperty("record").GetProperty("parts")[0].GetProperty("tensors");
            Assert.Equal(["layer.bias"], tensors.EnumerateArray().Select(tensor => tensor.GetProperty("name").GetString()));
        }

        var table = (await _folder.CairnAsync("show", "--tensors", "*.bias")).StandardOutput;
        Assert.Contains("layer.bias", table, StringComparison.Ordinal);
        Assert.DoesNotContain("layer.weight", table, StringComparison.Ordinal);
        Assert.DoesNotContain("threads", table, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_each_rank_has_of_its_own_is_said_listed_verified_and_not_taken_for_the_model()
    {
        _folder.SaveByRanks(30, ranks: 3);
        var table = (await _folder.CairnAsync("show")).StandardOutput;
        Assert.Contains("a state of each of 3 ranks", table, StringComparison.Ordinal);
        Assert.Contains("r00002/state", table, StringComparison.Ordinal);
        var part = (await _folder.JsonAsync(0, "show", "latest")).GetProperty("record").GetProperty("parts")[1];
        Assert.Equal(("random", 3), (part.GetProperty("name").GetString(), part.GetProperty("ranks").GetInt32()));
        Assert.Contains("random", (await _folder.CairnAsync("ls")).StandardOutput, StringComparison.Ordinal);
        Assert.Equal(0, (await _folder.CairnAsync("verify")).ExitCode);
        Assert.Contains("wrote model of step 30", (await _folder.CairnAsync("export", "-o", "model.safetensors")).StandardOutput, StringComparison.Ordinal);
        Assert.Contains("wrote random of step 30", (await _folder.CairnAsync("export", "-o", "states.safetensors", "--part", "random")).StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_damaged_one_what_can_be_read_is_shown_and_the_code_is_one()
    {
        File.Delete(_folder[MadeFolder.Name(20), "model.safetensors"]);
        var run = await _folder.CairnAsync("show", "checkpoints", "20");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("layer.weight", run.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("damaged: model.safetensors: it is missing", run.StandardOutput, StringComparison.Ordinal);
        _folder.Flip(MadeFolder.Name(10), "checkpoint.json", 30);
        Assert.Equal("damaged", (await _folder.JsonAsync(1, "show", "10")).GetProperty("state").GetString());
    }

    [Fact]
    public async Task Tells_the_story_over_the_attempts()
    {
        _folder.Attempt(
                1,
                null,
                MadeFolder.DeadProcess,
                new Resumed(MadeFolder.After(1), 0, null, 0, 0, [], [], null),
                new Saved(MadeFolder.After(2), 10, "schedule", 1000, 0.1, 0.2),
                new Saved(MadeFolder.After(3), 20, "schedule", 1000, 0.1, 0.2),
                new Interrupted(MadeFolder.After(4), "Warning", "USR2", "USR2 from pid 1 \e[31m", null),
                new Stopped(MadeFolder.After(5), 20, 20, "Warning", "Requeue", "because"))
            .Attempt(2, 20, MadeFolder.DeadProcess, new Resumed(MadeFolder.After(9), 20, MadeFolder.Name(20), 1000, 0.5, ["step-30: broken"], [], null), new Finished(MadeFolder.After(10), 40, 40));
        var run = await _folder.CairnAsync("show", "checkpoints", "--attempts");
        Assert.Equal((0, ""), (run.ExitCode, run.StandardError));
        string[] expected = ["2 saves, of steps 10 to 20", "asked to stop: USR2 from pid 1 \\u{1b}[31m", "warned, requeued", "resumes at step 20", "passed over: step-30: broken", "finished at step 40 of 40"];
        Assert.All(expected, text => Assert.Contains(text, run.StandardOutput, StringComparison.Ordinal));
        Assert.DoesNotContain('\e', run.StandardOutput);
        var json = await _folder.JsonAsync(0, "show", "--attempts");
        Assert.Equal(["requeued", "finished"], json.GetProperty("attempts").EnumerateArray().Select(one => one.GetProperty("state").GetString()));
        Assert.Equal("interrupted", json.GetProperty("attempts")[0].GetProperty("events")[5].GetProperty("event").GetString());
    }

    [Fact]
    public async Task Foreign_journals_neither_block_nor_break_it()
    {
        Directory.CreateDirectory(_folder["attempts"]);
        File.WriteAllText(_folder["attempts", "0001.jsonl"], """{"event":"attempt-started","time":"2026-01-01T00:00:00Z"}""" + "\nnot json\n{\"event\":\"pruned\",\"time\":\"2026-01-01T00:00:00Z\"}\n");
        Assert.Equal(0, (await CliWrap.Cli.Wrap("mkfifo").WithArguments([_folder["attempts", "0002.jsonl"]]).ExecuteAsync(TestContext.Current.CancellationToken)).ExitCode);
        File.CreateSymbolicLink(_folder["attempts", "0003.jsonl"], "/etc/passwd");
        using (var large = new FileStream(_folder["attempts", "0004.jsonl"], FileMode.CreateNew))
            large.SetLength(1L << 40);
        var json = await _folder.JsonAsync(0, "show", "--attempts");
        Assert.Equal(["lost", "unreadable", "unreadable", "unreadable"], json.GetProperty("attempts").EnumerateArray().Select(one => one.GetProperty("state").GetString()));
        Assert.Equal(0, (await _folder.CairnAsync("ls")).ExitCode);
        Assert.Equal(0, (await _folder.CairnAsync("show", "--attempts")).ExitCode);
    }
}
