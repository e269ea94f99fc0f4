using Cairn.Checkpoints;
using Cairn.Posix;

namespace Cairn.Tests.Runs;

/// <summary>Runs of several ranks, real processes, each of which has a small state of its own in every checkpoint.</summary>
public sealed class PerRankRunTests : IDisposable
{
    private static readonly string[] Training = ["--own-states", "--counts", "--steps", "40", "--save-every", "10", "--step-ms", "5"];
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_rank_goes_on_with_its_own_to_the_bit()
    {
        var straight = Train("straight", 3, Training);
        Assert.Equal(3, straight.Distinct().Count());
        using (var first = new RankProcesses(folder["cut"], 3, [.. Training, "--say", "23"]))
        {
            first.Await("step 23", times: 3);
            first.Signal(1, SignalName.Usr2);
            Assert.Equal(ExitCodes.RequeueFailed, first.WaitForEnd()[0]); // there is no scontrol
            Assert.NotEqual(straight, first.Own);
        }

        Assert.Equal(straight, Train("cut", 3, Training, restarts: 1));
        Assert.Equal(RankProcesses.Hashes(folder["straight"]), RankProcesses.Hashes(folder["cut"]));
    }

    [Fact]
    public void What_is_the_same_on_all_ranks_has_the_same_bytes_whatever_their_number()
    {
        Train("one", 1, Training);
        Train("three", 3, Training);
        var (one, three) = (RankProcesses.Hashes(folder["one"]), RankProcesses.Hashes(folder["three"]));
        string[] own = ["noise", "drawn", "count"];
        Assert.Equal(own.Select(part => $"step-0000000040/{part}.ranks.safetensors").Order(), three.Keys.Except(one.Keys).Order());
        Assert.Equal(["step-0000000040/drawn.safetensors"], one.Keys.Except(three.Keys));
        Assert.All(one.Keys.Intersect(three.Keys), name => Assert.Equal(one[name], three[name]));
        Assert.Contains("final.bin", one.Keys.Intersect(three.Keys));
        using var checkpoint = Checkpoint.OpenNewest(Path.Combine(folder["three"], "checkpoints"));
        Assert.Equal((3, 40L), (checkpoint.Part("count").Ranks, checkpoint.Part("count", rank: 2).Values["value"].Integer));
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(2, 4)]
    [InlineData(3, 1)]
    [InlineData(1, 2)]
    public void Another_number_of_ranks_shares_them_out_anew(int before, int now)
    {
        string[] training = ["--counts", "--save-every", "10", "--step-ms", "0"];
        Train("run", before, [.. training, "--steps", "20"]);
        var own = Train("run", now, [.. training, "--steps", "30"], restarts: 1);
        Assert.Equal((before * 20) + (now * 10), own.Sum(line => int.Parse(line.Split(" has done ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public void A_rank_that_is_killed_while_fewer_of_them_restore_costs_nothing()
    {
        string[] training = ["--counts", "--save-every", "10", "--step-ms", "0", "--slow-restore"];
        Train("run", 4, [.. training, "0", "--steps", "20"]);
        using (var three = new RankProcesses(folder["run"], 3, [.. training, "2", "--steps", "30"], restarts: 1))
        {
            three.Await("rank 2: restores");
            three.Signal(2, SignalName.Kill);
            Assert.DoesNotContain(0, three.WaitForEnd());
            Assert.Contains("rank 2 on ", three.Messages.Split(": its connection is closed")[0].Split('\n')[^1], StringComparison.Ordinal);
        }

        var own = Train("run", 2, [.. training, "0", "--steps", "30"], restarts: 2);
        Assert.Equal((4 * 20) + (2 * 10), own.Sum(line => int.Parse(line.Split(" has done ")[1].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Theory]
    [InlineData(3, 2, "drawn: it was saved by 3 ranks, each its own state, and there are 2 ranks now: go on with 3, or let it take the states over (IRankPart.Adopt)")]
    [InlineData(1, 2, "drawn: it was saved by one rank and there are 2 ranks now: go on with 1")]
    public void Without_that_it_is_said_how_many_are_needed_and_nothing_is_touched(int before, int now, string says)
    {
        string[] training = ["--own-states", "--save-every", "10", "--step-ms", "0"];
        Train("run", before, [.. training, "--steps", "20"]);
        using (var other = new RankProcesses(folder["run"], now, [.. training, "--steps", "30"], restarts: 1))
        {
            Assert.DoesNotContain(0, other.WaitForEnd());
            Assert.Contains(says, other.Messages, StringComparison.Ordinal);
            Assert.Contains("nothing was loaded", other.Messages, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Equal(before, Train("run", before, [.. training, "--steps", "30"], restarts: 2).Count);
    }

    [Theory]
    [InlineData("--alone", "each of the 2 ranks has a state of its own of part 'noise', which is saved only where ranks act together, and here rank 0 saves alone (RankMode.FirstOnly)")]
    [InlineData("--own-loop", "Save(50): each rank has a state of its own of part 'noise', so none can save alone. Call SaveAtBoundary() on all ranks before the boundary")]
    public void Where_rank_0_would_save_alone_it_is_an_error(string how, string says)
    {
        using var ranks = new RankProcesses(folder["run"], 2, ["--own-states", "--steps", "60", "--step-ms", "0", how]);
        Assert.DoesNotContain(0, ranks.WaitForEnd());
        Assert.Contains(says, ranks.Messages, StringComparison.Ordinal);
    }

    [Fact]
    public void Ranks_that_do_not_find_each_other_do_not_begin()
    {
        using var ranks = new RankProcesses(folder["run"], 1, ["--own-states", "--steps", "60", "--patience", "1"], ofSize: 2);
        Assert.Equal([ExitCodes.RequeueFailed], ranks.WaitForEnd());
        Assert.Contains("rank 1 of 2 did not come within ", ranks.Messages, StringComparison.Ordinal);
        Assert.Contains("of part 'noise', which is saved only where ranks act together, and here they have not all found each other", ranks.Messages, StringComparison.Ordinal);
        Assert.Empty(Directory.GetDirectories(Path.Combine(folder["run"], "checkpoints"), "step-*"));
    }

    [Fact]
    public void A_metric_of_one_rank_alone_makes_no_save_of_its_step_and_that_is_said()
    {
        string[] training = ["--own-states", "--steps", "30", "--step-ms", "2", "--keep-best", "--report-at", "12"];
        using (var one = new RankProcesses(folder["one"], 2, [.. training, "--rank", "0"]))
        {
            Assert.Equal([0, 0], one.WaitForEnd());
            var alone = "step 13, for whose metric it should be saved, is not: each rank has a state of its own of part 'noise', and not all were there";
            var isSaved = Directory.Exists(Path.Combine(folder["one"], "checkpoints/step-0000000013")); // where rank 1 was late it was there
            Assert.Equal(!isSaved, one.Messages.Contains(alone, StringComparison.Ordinal));
        }

        Train("all", 2, training);
        Assert.True(Directory.Exists(Path.Combine(folder["all"], "checkpoints/step-0000000013")));
    }

    // Of this state the last rank writes the end, where the slow part lies: when it is there it has told what it has. Rank 0 does the rest by itself.
    [Fact]
    public void A_rank_that_is_killed_in_the_last_save_costs_nothing_when_it_has_told_what_it_has()
    {
        string[] training = ["--own-states", "--counts", "--steps", "40", "--step-ms", "5", "--pad-mib", "130", "--slow-save"];
        var straight = Train("straight", 3, [.. training, "0"]);
        using (var first = new RankProcesses(folder["cut"], 3, [.. training, "2", "--say", "23"]))
        {
            first.Await("step 23", times: 3);
            first.Signal(1, SignalName.Usr2);
            first.Await("rank 2: still saves");
            first.Signal(2, SignalName.Kill);
            first.WaitForEnd();
            Assert.Contains("rank 2: is gone", first.Messages, StringComparison.Ordinal);
            var saved = Directory.GetDirectories(Path.Combine(folder["cut"], "checkpoints"), "step-*");
            Assert.True(saved is [var only] && File.Exists(Path.Combine(only, "noise.ranks.safetensors")), first.Messages);
        }

        Assert.Equal(straight, Train("cut", 3, [.. training, "0"], restarts: 1));
        Assert.Equal(RankProcesses.Hashes(folder["straight"]), RankProcesses.Hashes(folder["cut"]));
    }

    [Fact]
    public void One_that_is_killed_before_it_has_told_gives_that_save_up_and_the_older_checkpoint_stands()
    {
        string[] slow = ["--own-states", "--counts", "--steps", "40", "--save-every", "22", "--step-ms", "5", "--slow-own", "2", "--rank", "2"];
        var straight = Train("straight", 3, Training);
        using (var first = new RankProcesses(folder["cut"], 3, [.. slow, "--say", "23"]))
        {
            first.Await("step 23", times: 3);
            first.Signal(1, SignalName.Usr2);
            first.Await("rank 2: saves", times: 3); // at the start, to see how much it is, and at step 22
            first.Signal(2, SignalName.Kill);
            first.WaitForEnd();
            var newest = Directory.GetDirectories(Path.Combine(folder["cut"], "checkpoints"), "step-*").Order(StringComparer.Ordinal).Last();
            var says = $"cannot be saved any more: rank 2 is gone, and rank 2 has sent no state of its own of 'noise'; the newest checkpoint is of step {CheckpointNames.StepOf(Path.GetFileName(newest))}";
            Assert.True(first.Messages.Contains(says, StringComparison.Ordinal), $"{says}\n{first.Messages}");
        }

        Assert.Equal(straight, Train("cut", 3, [.. Training, "--slow-own", "0"], restarts: 1));
    }

    private IReadOnlyList<string> Train(string name, int ranks, string[] arguments, int restarts = 0)
    {
        using var processes = new RankProcesses(folder[name], ranks, arguments, restarts);
        Assert.True(processes.WaitForEnd().TrueForAll(code => code == 0), processes.Messages);
        return processes.Own;
    }
}
