using Cairn.Attempts;

namespace Cairn.Cli.Tests.Inspection;

/// <summary><c>cairn ls</c> as a process.</summary>
public sealed class LsTests : IDisposable
{
    private readonly MadeFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Lists_checkpoints_with_what_they_share()
    {
        _folder.Save(10, 20, 30);
        var run = await _folder.CairnAsync("ls");
        Assert.Equal((0, ""), (run.ExitCode, run.StandardError));
        Assert.Contains("3 checkpoints", run.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("4711_2", run.StandardOutput, StringComparison.Ordinal);

        var json = await _folder.JsonAsync(0, "ls", "checkpoints");
        var (newest, middle, oldest) = (json.GetProperty("checkpoints")[0], json.GetProperty("checkpoints")[1], json.GetProperty("checkpoints")[2]);
        Assert.Equal((30, "valid", "step-0000000030", 1), (newest.GetProperty("step").GetInt64(), newest.GetProperty("state").GetString(), newest.GetProperty("name").GetString(), newest.GetProperty("attempt").GetInt32()));
        Assert.Equal(1.0 / 31, newest.GetProperty("metrics").GetProperty("loss").GetDouble());

        // The third links the frozen file to the older of the two copies before it.
        var frozen = new FileInfo(_folder[MadeFolder.Name(10), "model.frozen.safetensors"]).Length;
        Assert.Equal((frozen, 0L, frozen), (newest.GetProperty("shared_bytes").GetInt64(), middle.GetProperty("shared_bytes").GetInt64(), oldest.GetProperty("shared_bytes").GetInt64()));
        var all = Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
        Assert.Equal(all - frozen, json.GetProperty("physical_bytes").GetInt64());
    }

    [Fact]
    public async Task Says_why_one_is_not_valid_and_what_else_is_there()
    {
        _folder.Save(10, 20);
        _folder.Flip(MadeFolder.Name(20), "checkpoint.json", 30);
        Directory.CreateDirectory(_folder["aside-step-0000000005-1"]);
        Directory.CreateDirectory(_folder[".saving-step-0000000030-attempt-1-x"]);
        var json = await _folder.JsonAsync(0, "ls");
        var broken = json.GetProperty("checkpoints")[0];
        Assert.Equal("damaged", broken.GetProperty("state").GetString());
        Assert.Contains("checkpoint.json", broken.GetProperty("problem").GetString(), StringComparison.Ordinal);
        Assert.Equal([".saving-step-0000000030-attempt-1-x", "aside-step-0000000005-1"], json.GetProperty("remnants").EnumerateArray().Select(one => one.GetProperty("name").GetString()));
        Assert.Contains("checksum is wrong", (await _folder.CairnAsync("ls")).StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tells_how_the_attempts_ended_and_what_does_not_count()
    {
        _folder.SaveAs(1, (10, 1), (20, 1)).SaveAs(2, (15, 1))
            .Attempt(1, null, MadeFolder.DeadProcess, new Resumed(MadeFolder.After(1), 0, null, 0, 0, [], [], null), new Saved(MadeFolder.After(5), 20, "schedule", 100, 0.1, 0.2))
            .Attempt(2, 10, MadeFolder.DeadProcess, new Stopped(MadeFolder.After(9), 15, 15, "Warning", "Requeue", "because"))
            .Attempt(3, 10, ProcessIdentity.Current);
        var json = await _folder.JsonAsync(0, "ls");
        Assert.Equal(["superseded", "valid", "valid"], json.GetProperty("checkpoints").EnumerateArray().Select(one => one.GetProperty("state").GetString()));
        Assert.Equal(["lost", "requeued", "running"], json.GetProperty("attempts").EnumerateArray().Select(one => one.GetProperty("state").GetString()));
        Assert.Equal((0, 20, 1), (json.GetProperty("attempts")[0].GetProperty("from_step").GetInt64(), json.GetProperty("attempts")[0].GetProperty("to_step").GetInt64(), json.GetProperty("attempts")[0].GetProperty("saves").GetInt32()));
        Assert.Contains("warned, requeued", (await _folder.CairnAsync("ls")).StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_read_now_is_not_called_damaged()
    {
        _folder.Save(10, 20);
        var run = await _folder.StaleAsync(["step-0000000020"], "ls", "--format", "json");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["unreadable", "valid"], System.Text.Json.JsonDocument.Parse(run.StandardOutput).RootElement.GetProperty("checkpoints").EnumerateArray().Select(one => one.GetProperty("state").GetString()));
    }

    [Theory]
    [InlineData("There is no folder", "ls", "nowhere")]
    [InlineData("is a file", "ls", "file")]
    [InlineData("There is no option --bogus", "ls", "--bogus")]
    [InlineData("--format xml: use table or json", "ls", "--format", "xml")]
    [InlineData("lists a whole folder", "ls", "checkpoints/step-0000000010")]
    [InlineData("There is no folder", "verify", "nowhere")]
    [InlineData("There is no checkpoint of step 11", "verify", "checkpoints", "11")]
    [InlineData("'soon' is no step", "verify", "checkpoints", "soon")]
    [InlineData("There is no checkpoint in", "verify", "empty")]
    [InlineData("There is no checkpoint of step 99", "show", "99")]
    [InlineData("name one step", "show", "checkpoints", "10", "10")]
    [InlineData("No tensor of step 10 fits 'x*'", "show", "--tensors", "x*")]
    [InlineData("There is no attempt", "show", "--attempts")]
    [InlineData("Say what to keep", "prune", "checkpoints")]
    [InlineData("--keep-last 0: at least 1", "prune", "--keep-last", "0")]
    [InlineData("No checkpoint in", "prune", "--keep-lowest", "los")]
    [InlineData("there are loss", "prune", "--keep-highest", "los:3")]
    [InlineData("Option '--output' is required", "export")]
    [InlineData("there is no checkpoint of step 11", "export", "checkpoints", "11", "-o", "x")]
    [InlineData("'soon' is no step", "export", "checkpoints", "soon", "-o", "x")]
    [InlineData("one step, or one metric", "export", "10", "--lowest", "loss", "-o", "x")]
    [InlineData("has the metric 'los'; there are loss", "export", "--highest", "los", "-o", "x")]
    [InlineData("has no part '../model'; it has model", "export", "--part", "../model", "-o", "x")]
    [InlineData("own directory", "export", "-o", "checkpoints/step-0000000010/model.safetensors")]
    [InlineData("Option '--to-step' is required", "rollback")]
    [InlineData("There is no checkpoint of step 11", "rollback", "--to-step", "11")]
    [InlineData("'soon' is no step", "rollback", "--to-step", "soon")]
    [InlineData("goes back nowhere", "rollback", "--to-step", "latest")]
    [InlineData("the step by --to-step", "rollback", "checkpoints", "10", "--to-step", "10")]
    [InlineData("takes the whole folder", "prune", "checkpoints/step-0000000010", "--keep-last", "1")]
    public async Task A_wrong_command_line_is_named_and_the_code_is_two(string message, params string[] arguments)
    {
        _folder.Save(10);
        File.WriteAllText(_folder["..", "file"], "");
        Directory.CreateDirectory(_folder["..", "empty"]);
        var run = await _folder.CairnAsync(arguments);
        Assert.Contains(message, run.StandardError, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.StandardError, StringComparison.Ordinal);
        Assert.Equal((2, ""), (run.ExitCode, run.StandardOutput));
    }
}
