using System.Diagnostics;
using Cairn.Attempts;

namespace Cairn.Cli.Tests.Inspection;

/// <summary><c>cairn prune</c> as a process.</summary>
public sealed class PruneTests : IDisposable
{
    private readonly MadeFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private long[] Steps => [.. Cairn.Cli.Inspection.Inventory.Entries(_folder.Path).Select(entry => entry.Step)];

    [Fact]
    public async Task A_dry_run_says_what_a_run_then_does()
    {
        _folder.SaveAs(1, (10, 5), (20, 1), (30, 3), (40, 4), (50, 2), (60, 6));
        string[] keep = ["prune", "--keep-lowest", "loss", "--keep-every", "30"];
        var dry = await _folder.JsonAsync(0, [.. keep, "--dry-run"]);
        Assert.Equal(6, Steps.Length);
        var before = Used();
        var wet = await _folder.JsonAsync(0, keep);
        Assert.Equal([60, 50, 30, 20], Steps);
        Assert.Equal([10L, 40L], wet.GetProperty("deleted").EnumerateArray().Select(step => step.GetInt64()));
        Assert.Equal(dry.GetProperty("deleted").ToString(), wet.GetProperty("deleted").ToString());
        Assert.Equal(dry.GetProperty("freed_bytes").GetInt64(), wet.GetProperty("freed_bytes").GetInt64());

        // The frozen file of 10 lives on in 30.
        Assert.Equal(before - Used(), wet.GetProperty("freed_bytes").GetInt64());
        Assert.Contains("nothing to delete", (await _folder.CairnAsync(keep)).StandardOutput, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_newest_one_whose_bytes_changed_does_not_count_and_is_left_alone()
    {
        _folder.Save(10, 20, 30, 40);
        _folder.Flip(MadeFolder.Name(40), "model.safetensors", 4100);
        _folder.Flip(MadeFolder.Name(10), "checkpoint.json", 30);
        var json = await _folder.JsonAsync(0, "prune", "--keep-last", "1");
        Assert.Equal(0, json.GetProperty("deleted").GetArrayLength());
        Assert.Equal([40L, 10L], json.GetProperty("left_alone").EnumerateArray().Select(one => one.GetProperty("step").GetInt64()));
        Assert.Equal([40, 30, 20, 10], Steps);
        _folder.Save(50);
        await _folder.JsonAsync(0, "prune", "--keep-last", "1");
        Assert.Equal([50, 40, 30, 10], Steps);
    }

    [Fact]
    public async Task Nothing_goes_while_an_attempt_is_at_work()
    {
        using var process = Process.Start(new ProcessStartInfo("sleep", ["600"]))!;
        try
        {
            var stat = File.ReadAllText($"/proc/{process.Id}/stat");
            var identity = ProcessIdentity.Current with { Pid = process.Id, StartTicks = long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19]) };
            _folder.Save(10, 20, 30).Attempt(1, null, identity);
            var run = await _folder.CairnAsync("prune", "--keep-last", "2");
            Assert.Equal((1, ""), (run.ExitCode, run.StandardOutput));
            Assert.Contains($"process {process.Id} on", run.StandardError, StringComparison.Ordinal);
            var dry = await _folder.CairnAsync("prune", "--keep-last", "2", "--dry-run");
            Assert.Equal(1, dry.ExitCode);
            Assert.Contains("would be deleted", dry.StandardOutput, StringComparison.Ordinal);
            Assert.Equal([30, 20, 10], Steps);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, (await _folder.CairnAsync("prune", "--keep-last", "2")).ExitCode);
        Assert.Equal([30, 20], Steps);
    }

    [Theory]
    [InlineData("is just beginning")]
    [InlineData("cannot be read, so")]
    [InlineData("or is a link")]
    public async Task Nothing_goes_while_nobody_knows(string why)
    {
        _folder.Save(10, 20, 30).Attempt(1, null, MadeFolder.DeadProcess);
        switch (why)
        {
            case "is just beginning":
                File.WriteAllText(_folder["attempts", "0002.jsonl"], "");
                break;
            case "cannot be read, so":
                File.CreateSymbolicLink(_folder["attempts", "0002.jsonl"], "0001.jsonl");
                break;
            default:
                Cairn.Posix.PosixDirectory.Rename(_folder["attempts"], _folder["elsewhere"]);
                Directory.CreateSymbolicLink(_folder["attempts"], "elsewhere");
                break;
        }

        var run = await _folder.CairnAsync("prune", "--keep-last", "1");
        Assert.Equal((1, ""), (run.ExitCode, run.StandardOutput));
        Assert.Contains(why, run.StandardError, StringComparison.Ordinal);
        Assert.Equal([30, 20, 10], Steps);
    }

    [Fact]
    public async Task What_a_superseded_attempt_wrote_neither_goes_nor_counts()
    {
        _folder.SaveAs(1, (10, 1), (20, 1), (30, 1), (40, 1)).SaveAs(2, (35, 1)).Attempt(1, null, MadeFolder.DeadProcess).Attempt(2, 30, MadeFolder.DeadProcess);
        Assert.Equal([10L, 20L], (await _folder.JsonAsync(0, "prune", "--keep-last", "1")).GetProperty("deleted").EnumerateArray().Select(step => step.GetInt64()));
        Assert.Equal([40, 35, 30], Steps);
    }

    [Fact]
    public async Task Nothing_goes_while_one_cannot_be_read_now_and_the_exit_code_says_so()
    {
        _folder.Save(10, 20, 30, 40).Attempt(1, null, MadeFolder.DeadProcess);
        var run = await _folder.StaleAsync(["step-0000000040"], "prune", "--keep-last", "1");
        Assert.True(run.ExitCode == 3, run.StandardOutput + run.StandardError);
        Assert.Contains("nothing is deleted", run.StandardError, StringComparison.Ordinal);
        Assert.Contains("Stale file handle", run.StandardError, StringComparison.Ordinal);
        Assert.Equal([40, 30, 20, 10], Steps);
    }

    private long Used() => Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories)
        .Select(file => (new FileInfo(file).Length, Inode(file))).DistinctBy(file => file.Item2).Sum(file => file.Length);

    private static string Inode(string file)
    {
        using var stat = Process.Start(new ProcessStartInfo("stat", ["-c", "%d:%i", file]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        return stat.StandardOutput.ReadToEnd();
    }
}
