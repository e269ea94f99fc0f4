using System.Net;
using System.Net.Sockets;
using Cairn.Attempts;

namespace Cairn.Tests.Runs;

/// <summary>Ranks, real processes, that were not all started alike: what differs is rank 0's to say, or it is said which ranks do, and nobody begins with a state of its own.</summary>
public sealed class UnlikeRanksTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    // Of two files each goes whole to one of the ranks, or their segments go to both: if each did as it was told, some would be written twice and some never.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_file_has_one_writer_where_rank_0_says_so(int rank)
    {
        using var ranks = new RankProcesses(folder["run"], 2, ["--steps", "20", "--save-every", "10", "--step-ms", "0", "--pad-mib", "300", "--one-writer", "--rank", $"{rank}"]);
        Assert.Equal([0, 0], ranks.WaitForEnd());
        Assert.DoesNotContain("could not be saved", ranks.Messages, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", "", "SOURCE", "rank 1: rank 0 begins with SOURCE/step-0000000020, and this rank has no StartFrom: give all ranks the same")]
    [InlineData("1", "", "SOURCE", "rank 1: rank 0 begins with nothing, and this rank's StartFrom is SOURCE: give all ranks the same")]
    [InlineData("0", "weights", "SOURCE/step-0000000020/weights.safetensors", "rank 1: rank 0 begins with SOURCE/step-0000000020/weights.safetensors, and this rank has no StartFrom: give all ranks the same")]
    public void Who_would_begin_with_another_state_than_rank_0_does_not_begin(string rank, string parts, string from, string says)
    {
        var source = folder["source"];
        using (var other = new RankProcesses(source, 1, ["--steps", "20", "--step-ms", "0"]))
            Assert.Equal([0], other.WaitForEnd());
        source += "/checkpoints";
        string[] start = ["--start-from", from.Replace("SOURCE", source, StringComparison.Ordinal), .. parts.Length == 0 ? (string[])[] : ["--start-parts", parts]];
        using var ranks = new RankProcesses(folder["run"], 2, ["--steps", "20", "--step-ms", "0", .. start, "--rank", rank]);
        Assert.DoesNotContain(0, ranks.WaitForEnd());
        Assert.Contains($"not all ranks can begin: {says.Replace("SOURCE", source, StringComparison.Ordinal)}", ranks.Messages, StringComparison.Ordinal);
        Assert.DoesNotContain("Unhandled", ranks.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_takes_other_parts_of_it_does_not_begin_either()
    {
        using (var other = new RankProcesses(folder["source"], 1, ["--steps", "20", "--step-ms", "0", "--pad-mib", "1"]))
            Assert.Equal([0], other.WaitForEnd());
        string[] both = ["--steps", "20", "--step-ms", "0", "--pad-mib", "1", "--start-from", $"{folder["source"]}/checkpoints"];
        using var ranks = new RankProcesses(folder["run"], 2, rank => [.. both, "--start-parts", rank == 0 ? "weights" : "weights,pad"]);
        Assert.DoesNotContain(0, ranks.WaitForEnd());
        Assert.Contains("rank 1: of ", ranks.Messages, StringComparison.Ordinal);
        Assert.Contains("this rank takes part 'weights', part 'pad', and rank 0 part 'weights' (as the program made them: 'pad'): give all ranks the same StartFrom", ranks.Messages, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Who_tracks_other_parts_than_rank_0_does_not_begin_and_no_checkpoint_is_blamed(int more)
    {
        using (var alike = new RankProcesses(folder["run"], 2, ["--steps", "20", "--step-ms", "0"]))
            Assert.Equal([0, 0], alike.WaitForEnd());
        foreach (var run in new[] { "run", "new" })
        {
            using var ranks = new RankProcesses(folder[run], 2, rank => ["--steps", "40", "--step-ms", "0", .. rank == more ? (string[])["--pad-mib", "1"] : []], restarts: 1); // one start of a job knows the other by that
            Assert.DoesNotContain(0, ranks.WaitForEnd());
            if (run == "new")
                Assert.Matches("rank 1 cannot begin: it tracks [a-z, ]+, and rank 0 [a-z, ]+: track the same parts on all ranks, in the same order", ranks.Messages);
            Assert.DoesNotContain("Unhandled", ranks.Messages, StringComparison.Ordinal);
        }

        Assert.True(Directory.Exists(folder["run/checkpoints/step-0000000020"]));
    }

    [Fact]
    public void A_folder_that_they_open_once_more_is_opened_with_rank_0()
    {
        using var ranks = new RankProcesses(folder["run"], 3, ["--twice", "--required", "--steps", "40", "--step-ms", "0"]);
        Assert.Equal([0, 0, 0], ranks.WaitForEnd());
        Assert.Equal(3, ranks.Messages.Split("before: Finished").Length - 1);
        Assert.Equal(3, ranks.Messages.Split("Finished at step 40").Length - 1);
        Assert.Equal(2, AttemptStory.ReadAll(folder["run/checkpoints"]).Count);
    }

    [Fact]
    public void A_port_that_is_given_and_taken_is_named()
    {
        using var other = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        other.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        other.Listen();
        var port = ((IPEndPoint)other.LocalEndPoint!).Port;
        using var ranks = new RankProcesses(folder["run"], 2, ["--required", "--patience", "3", "--steps", "10"], more: ("CAIRN_CONTROL", $"127.0.0.1:{port}:0123456789abcdef"));
        Assert.DoesNotContain(0, ranks.WaitForEnd());
        Assert.Contains($"cairn: error: the other ranks cannot be listened to: at port {port}, which CAIRN_CONTROL names: ", ranks.Messages, StringComparison.Ordinal);
    }

    // The others may see another machine in what is one to Slurm: in containers with networks of their own.
    [Fact]
    public void Who_is_given_a_name_is_listened_to_by_it_and_not_on_the_loopback_alone()
    {
        using var free = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        free.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)free.LocalEndPoint!).Port;
        free.Dispose();
        using var ranks = new RankProcesses(
            folder["run"], 1, ["--required", "--patience", "60", "--steps", "10"], ofSize: 2, more: ("CAIRN_CONTROL", $"no-such-host.invalid,127.0.0.2:{port}:0123456789abcdef"));
        Ranks.RawRank? came = null;
        var began = TimeProvider.System.GetTimestamp();
        while (came is null && TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(50))
        {
            came = Ranks.RawRank.TryTo(IPAddress.Parse("127.0.0.2"), port);
            Thread.Sleep(20);
        }

        Assert.True(came is not null, ranks.Messages);
        came.Dispose();
    }
}
