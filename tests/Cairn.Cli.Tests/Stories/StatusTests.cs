using System.Text.Json;
using Cairn.Attempts;
using Cairn.Cli.Tests.Inspection;
using CliWrap;
using CliWrap.Buffered;

namespace Cairn.Cli.Tests.Stories;

/// <summary><c>cairn status</c> and <c>cairn why</c> as a process.</summary>
public sealed class StatusTests : IDisposable
{
    private readonly MadeFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Says_of_every_run_below_this_folder_where_it_stands_and_at_the_end_whether_all_is_well()
    {
        _folder.Save(10, 20).Attempt(1, null, MadeFolder.DeadProcess, new Resumed(MadeFolder.After(1), 0, null, 0, 0, [], [], null, 20), new Finished(MadeFolder.After(9), 20, 20));
        var run = await _folder.CairnAsync("status");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("checkpoints", run.StandardOutput, StringComparison.Ordinal);
        Assert.EndsWith("All is well.\n", run.StandardOutput, StringComparison.Ordinal);

        var json = await _folder.JsonAsync(0, "status", "checkpoints");
        var one = json.GetProperty("runs")[0];
        Assert.Equal((true, "finished", 20, 20, 20), (json.GetProperty("well").GetBoolean(), one.GetProperty("state").GetString(), one.GetProperty("step").GetInt32(), one.GetProperty("planned").GetInt32(), one.GetProperty("checkpoint_step").GetInt32()));
    }

    [Fact]
    public async Task What_died_is_wrong_and_why_says_what_to_do()
    {
        _folder.Attempt(1, null, MadeFolder.DeadProcess, new Resumed(MadeFolder.After(1), 0, null, 0, 0, [], [], null, 20), new Saved(MadeFolder.After(5), 10, "schedule", 1, 1, 1));
        var run = await _folder.CairnAsync("status");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("killed or crashed, and nobody has started it again", run.StandardOutput, StringComparison.Ordinal);
        Assert.Contains("Something is wrong with 1 of 1 run;", run.StandardOutput, StringComparison.Ordinal);
        var why = await _folder.CairnAsync("why");
        Assert.Equal(0, why.ExitCode);
        Assert.Contains("it goes on from step 10.", why.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(1, JsonDocument.Parse((await _folder.CairnAsync("why", "checkpoints", "--attempt", "1", "--format", "json")).StandardOutput).RootElement.GetProperty("attempt").GetInt32());
    }

    [Theory]
    [InlineData("There is no folder", "status", "nowhere")]
    [InlineData("Nothing in", "status", ".")]
    [InlineData("There is no option --all", "status", "--all")]
    [InlineData("Job 99999999 is not in the queue", "status", "99999999")]
    [InlineData("--format xml: use table, json or prometheus", "status", "--format", "xml")]
    [InlineData("--watch is for people", "status", "--watch", "--format", "json")]
    [InlineData("Nothing is known of job 99999999", "why", "99999999")]
    [InlineData("Nothing in", "why")]
    public async Task What_is_not_there_is_said(string words, params string[] command)
    {
        var run = await _folder.CairnAsync(command);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(words, run.StandardError, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("C", false)]
    [InlineData("C.UTF-8", true)]
    public async Task Without_UTF_8_a_table_is_drawn_in_ASCII(string locale, bool isUnicode)
    {
        _folder.Save(10).Attempt(1, null, MadeFolder.DeadProcess, new Resumed(MadeFolder.After(1), 0, null, 0, 0, [], [], null, 20));
        foreach (var command in (string[][])[["status", _folder.Path], ["ls", _folder.Path], ["show", _folder.Path, "--attempts"]])
        {
            var run = await CliWrap.Cli.Wrap(Running.Sandbox.Program).WithArguments(command).WithEnvironmentVariables(variables => variables.Set("LC_ALL", locale))
                .WithValidation(CommandResultValidation.None).ExecuteBufferedAsync(TestContext.Current.CancellationToken);
            Assert.Equal(isUnicode, run.StandardOutput.Any(letter => !char.IsAscii(letter)));
        }
    }

    [Fact]
    public async Task A_folder_of_another_programs_is_not_taken_for_a_run_that_died()
    {
        Directory.CreateDirectory(_folder["attempts"]);
        await File.WriteAllTextAsync(_folder["attempts", "0001.jsonl"], "{\"name\":\"another\"}\nprogram\n", TestContext.Current.CancellationToken);
        var run = await _folder.CairnAsync("why", "checkpoints");
        Assert.Contains("Attempt 1 cannot be told of: its journal cannot be read: no line of it is one of Cairn's", run.StandardOutput, StringComparison.Ordinal);
        Assert.Equal(1, (await _folder.CairnAsync("status")).ExitCode);
    }

    /// <summary>A folder and a journal that want to write on the terminal, or to be more than they are.</summary>
    [Fact]
    public async Task What_a_hostile_folder_says_is_written_as_text()
    {
        const string evil = "\e[2J\e]0;title\a\nAll is well.\r\u202e[red]x[/]";
        _folder.Attempt(
            1, null, MadeFolder.DeadProcess with { Host = evil },
            new Resumed(MadeFolder.After(1), long.MaxValue, evil, 0, double.NaN, [evil], [evil], DateTimeOffset.MaxValue, long.MinValue),
            new Progress(MadeFolder.After(-1e6), 5, 5, double.NaN, -1, double.PositiveInfinity, new Dictionary<string, double> { [evil] = double.NaN }),
            new SaveFailed(MadeFolder.After(2), -5, evil, evil),
            new Interrupted(MadeFolder.After(3), evil, evil, evil, DateTimeOffset.MinValue),
            new Stopped(MadeFolder.After(4), long.MaxValue, null, evil, evil, evil));
        await File.WriteAllTextAsync(_folder["attempts", "0002.jsonl"], new string('[', 100_000) + "\n{\"event\":\"resumed\",\"step\":1e400}\n", TestContext.Current.CancellationToken);
        foreach (var command in (string[][])[["status"], ["status", "--format", "prometheus"], ["why"], ["why", "--attempt", "1"], ["ls"], ["show", "--attempts"], ["status", "--format", "json"]])
        {
            var run = await _folder.CairnAsync(command);
            Assert.InRange(run.ExitCode, 0, 1);
            Assert.DoesNotContain("   at ", run.StandardError, StringComparison.Ordinal);
            Assert.False((run.StandardOutput + run.StandardError).AsSpan().ContainsAny('\e', '\a', '\u202e'), run.StandardOutput);
            Assert.DoesNotContain("All is well.", run.StandardOutput.Split('\n'));
        }
    }
}
