using System.Diagnostics;
using System.Text.Json;
using Cairn.Attempts;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Cli.Tests.Inspection;

/// <summary><c>cairn rollback</c> as a process, and real runs before and after it.</summary>
public sealed class RollbackTests : IDisposable
{
    private readonly MadeFolder _folder = new();
    private long _began;
    private long _state;

    public void Dispose() => _folder.Dispose();

    private long[] Steps => [.. Cairn.Cli.Inspection.Inventory.Entries(_folder.Path).Select(entry => entry.Step)];

    [Fact]
    public async Task A_finished_run_goes_on_from_there_once_and_later_starts_from_its_new_checkpoints()
    {
        Train(until: 50);
        Assert.Equal([50, 40, 30, 20, 10], Steps);

        var run = await _folder.CairnAsync("rollback", _folder.Path, "--to-step", "20");

        Assert.True(run.ExitCode == 0, run.StandardError);
        Assert.Contains("moved step-0000000030 to aside-step-0000000030-1\n", run.StandardOutput, StringComparison.Ordinal);
        Assert.Equal([20, 10], Steps);
        Train(until: 50, stopAt: 35);
        Assert.Equal(20, _began);
        Train(until: 50);
        Assert.Equal(30, _began);
        Assert.Equal([50, 40, 30, 20, 10], Steps);
        Assert.All(Checkpoint.List(_folder.Path), one => Assert.Null(one.Problem));
        Assert.Equal(3, Directory.GetDirectories(_folder.Path, "aside-step-*").Length);
        var attempts = (await _folder.JsonAsync(0, "ls")).GetProperty("attempts").EnumerateArray().Select(one => one.GetProperty("state").GetString());
        Assert.Equal(["finished", "rolled-back", "left", "finished"], attempts);
    }

    [Fact]
    public async Task Where_the_folder_cannot_be_written_that_is_said_and_nothing_is_moved()
    {
        _folder.Save(10, 20);
        if (Directory.Exists(_folder["attempts"]))
            Directory.Delete(_folder["attempts"], recursive: true);
        Directory.CreateSymbolicLink(_folder["attempts"], "/proc"); // where root cannot make a file, either
        var run = await _folder.CairnAsync("rollback", "--to-step", "10");
        Assert.True(run.ExitCode == 1, $"{run.ExitCode} {run.StandardError}");
        Assert.Contains("cannot be used: ", run.StandardError, StringComparison.Ordinal);
        Assert.Equal([20, 10], Steps);
    }

    [Fact]
    public async Task In_JSON_too()
    {
        _folder.Save(10, 20, 30);
        var dry = await _folder.JsonAsync(0, "rollback", "--to-step", "10", "--dry-run");
        Assert.Equal((10, true, JsonValueKind.Null), (dry.GetProperty("to_step").GetInt64(), dry.GetProperty("dry_run").GetBoolean(), dry.GetProperty("moved")[0].GetProperty("aside").ValueKind));
        Assert.Equal([30, 20, 10], Steps);
        var done = await _folder.JsonAsync(0, "rollback", "--to-step", "10");
        Assert.Equal([(30, "aside-step-0000000030-1"), (20, "aside-step-0000000020-1")], done.GetProperty("moved").EnumerateArray().Select(one => (one.GetProperty("step").GetInt64(), one.GetProperty("aside").GetString()!)));
        Assert.Equal([10], Steps);
    }

    [Fact]
    public async Task The_best_one_that_was_moved_aside_counts_no_more_and_nothing_older_goes_for_it()
    {
        var keep = Retention.Any(Retention.KeepBest("loss", 1), Retention.KeepLast(2));
        Train(until: 50, keep: keep, best: 40);
        Assert.Equal([50, 40], Steps);
        await _folder.CairnAsync("rollback", _folder.Path, "--to-step", "40");
        Assert.Equal([40], Steps);

        Train(until: 60, keep: keep, best: 50);

        Assert.Equal(40, _began);
        Assert.Equal([60, 50], Steps);
    }

    [Fact]
    public async Task A_dry_run_moves_nothing_and_where_nothing_is_newer_nothing_is_done()
    {
        _folder.Save(10, 20, 30);
        var dry = await _folder.CairnAsync("rollback", "--to-step", "10", "--dry-run");
        Assert.Equal((0, "would move aside the checkpoints of step 20, 30; the next start would go on from step 10\n"), (dry.ExitCode, dry.StandardOutput));
        var none = await _folder.CairnAsync("rollback", "--to-step", "30");
        Assert.Equal(0, none.ExitCode);
        Assert.Contains("nothing is newer than step 30", none.StandardOutput, StringComparison.Ordinal);
        Assert.Equal([30, 20, 10], Steps);
        Assert.False(Directory.Exists(_folder["attempts"]));
    }

    [Fact]
    public async Task To_a_damaged_one_nothing_goes_back()
    {
        _folder.Save(10, 20);
        _folder.Flip(MadeFolder.Name(10), "model.safetensors", 4100);
        var run = await _folder.CairnAsync("rollback", "--to-step", "10");
        Assert.Equal((1, ""), (run.ExitCode, run.StandardOutput));
        Assert.Contains("its hash differs", run.StandardError, StringComparison.Ordinal);
        Assert.Equal([20, 10], Steps);
    }

    [Fact]
    public async Task To_one_of_another_line_nothing_goes_back_while_an_older_one_stands_against_it()
    {
        _folder.SaveAs(1, (10, 1), (40, 1)).SaveAs(2, (35, 1)).Attempt(1, null, MadeFolder.DeadProcess).Attempt(2, 10, MadeFolder.DeadProcess);
        _folder.SaveAs(2, (50, 1));
        var other = await _folder.CairnAsync("rollback", "--to-step", "40");
        Assert.Equal(1, other.ExitCode);
        Assert.Contains("move step-0000000035 out of the folder", other.StandardError, StringComparison.Ordinal);
        Assert.Equal([50, 40, 35, 10], Steps);
    }

    [Fact]
    public async Task Nothing_moves_while_an_attempt_is_at_work()
    {
        using var process = Process.Start(new ProcessStartInfo("sleep", ["600"]))!;
        try
        {
            var stat = File.ReadAllText($"/proc/{process.Id}/stat");
            var identity = ProcessIdentity.Current with { Pid = process.Id, StartTicks = long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[19]) };
            _folder.Save(10, 20, 30).Attempt(1, null, identity);
            var run = await _folder.CairnAsync("rollback", "--to-step", "10");
            Assert.Equal((1, ""), (run.ExitCode, run.StandardOutput));
            Assert.Contains($"process {process.Id} on", run.StandardError, StringComparison.Ordinal);
            Assert.Equal([30, 20, 10], Steps);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Trains in this process. The state of a step is the step's number.</summary>
    private void Train(long until, long stopAt = long.MaxValue, RetentionPolicy? keep = null, long best = 0)
    {
        using var run = TrainingRun.Open(_folder.Path, new() { Save = SaveSchedule.EverySteps(10), Keep = keep ?? Retention.KeepLast(10), WhenStillSaving = WhenStillSaving.Wait, Logger = NullLogger.Instance });
        run.Track("state", () => _state, value => _state = value);
        _state = 0;
        _began = long.MaxValue;
        foreach (var step in run.Steps(until))
        {
            _began = Math.Min(_began, step);
            Assert.Equal(step, _state);
            if (step == stopAt)
                return;
            _state++;
            if (_state % 10 == 0)
                run.Report("loss", Math.Abs(_state - best));
        }

        Assert.Equal(0, run.Finish());
    }
}
