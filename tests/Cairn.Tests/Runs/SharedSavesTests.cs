using Cairn.Attempts;

namespace Cairn.Tests.Runs;

/// <summary>Several ranks save one checkpoint: real processes, each of which writes its share.</summary>
public class SharedSavesTests
{
    private string messages = string.Empty;

    // Of 200 MiB each of three ranks has a share.
    [Theory]
    [InlineData("asynchronous")]
    [InlineData("synchronous")]
    public void The_bytes_are_the_same_whatever_the_number_of_ranks(string mode)
    {
        using var folder = new TemporaryFolder();
        string[] arguments = ["--steps", "30", "--save-every", "10", "--step-ms", "0", "--pad-mib", "200", .. mode == "synchronous" ? (string[])["--synchronous"] : []];
        var one = Train(folder["one"], 1, arguments);
        Assert.Equal(one, Train(folder["three"], 3, arguments));
        Assert.Contains("step-0000000030/pad.safetensors", one.Keys);
        using var record = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder["three"], "checkpoints/step-0000000030/checkpoint.json")));
        Assert.Equal(3, record.RootElement.GetProperty("worldSize").GetInt32());
    }

    [Fact]
    public void A_save_at_every_step_is_at_every_step_and_a_restart_goes_on_with_another_number_of_ranks()
    {
        using var folder = new TemporaryFolder();
        Train(folder["run"], 4, "--steps", "12", "--save-every", "1", "--step-ms", "0", "--wait-for-saves");
        Assert.Equal(Enumerable.Range(1, 12).Select(step => (long)step), Saves(folder["run"], 1));
        var alone = Train(folder["alone"], 1, "--steps", "20", "--save-every", "1", "--wait-for-saves");
        Assert.Equal(alone, Train(folder["run"], 2, "--steps", "20", "--save-every", "1", "--step-ms", "0", "--wait-for-saves"));
        Assert.Contains("ranks: 4 wrote the checkpoint, 2 go on with it", messages, StringComparison.Ordinal);
        Assert.Equal(Enumerable.Range(13, 8).Select(step => (long)step), Saves(folder["run"], 2));
    }

    [Fact]
    public void Ranks_that_have_drifted_apart_are_named_where_that_is_looked_for()
    {
        using var folder = new TemporaryFolder();
        string[] arguments = ["--steps", "10", "--save-every", "5", "--check-replicas"];
        Train(folder["same"], 2, arguments);
        Assert.DoesNotContain("same on all ranks", messages, StringComparison.Ordinal);
        Train(folder["other"], 2, [.. arguments, "--drift-at", "7", "--rank", "1"]);
        Assert.Contains("in step 10 rank 1 has other bytes than the rank that wrote", messages, StringComparison.Ordinal);
        Assert.DoesNotContain("in step 5 rank", messages, StringComparison.Ordinal);
    }

    [Fact]
    public void An_address_that_is_none_is_named_and_nothing_begins()
    {
        using var folder = new TemporaryFolder();
        using var ranks = new RankProcesses(folder["run"], 1, ["--steps", "10"], ofSize: 2, more: ("CAIRN_CONTROL", "nonsense"));
        Assert.Equal([ExitCodes.RequeueFailed], ranks.WaitForEnd());
        Assert.Contains("cairn: error: CAIRN_CONTROL is 'nonsense', and should be HOST[,HOST...]:PORT:TOKEN: mend or unset it", ranks.Messages, StringComparison.Ordinal);
    }

    private static IEnumerable<long> Saves(string folder, int attempt) =>
        AttemptStory.ReadAll(Path.Combine(folder, "checkpoints")).Single(one => one.Number == attempt).Events.OfType<Saved>().Select(saved => saved.Step);

    /// <summary>Trains to the end. Returns the payload files of the newest checkpoint and the last work's, by their names, as hashes.</summary>
    private SortedDictionary<string, string> Train(string folder, int ranks, params string[] arguments)
    {
        using (var processes = new RankProcesses(folder, ranks, arguments))
        {
            Assert.True(processes.WaitForEnd().TrueForAll(code => code == 0), processes.Messages);
            messages = processes.Messages;
        }

        return RankProcesses.Hashes(folder);
    }
}
