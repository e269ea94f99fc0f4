using Cairn.Checkpoints;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Shares;
using CsCheck;

namespace Cairn.Tests.Checkpoints;

/// <summary>Parts of which every rank has a small state of its own: all in one file, each gets back its own, another number of ranks all of them.</summary>
public sealed class PerRankTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    private string Directory => folder["checkpoints"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Each_rank_gets_back_its_own_and_they_lie_in_one_plain_file()
    {
        using var ranks = new RankStores(Directory, 3);
        var saved = ranks.Save(1, rank => With(SharedState.Of(1), Own(rank, size: 3)));

        Assert.Equal(["r00000/state", "r00001/state", "r00002/state"], IndependentReader.Read(Path.Combine(saved.Path, "random.ranks.safetensors")).Select(tensor => tensor.Name));
        var record = ranks.First.List()[0].ReadRecord();
        Assert.Equal((2, 3), (record.Format, record.Parts[^1].Ranks));
        Assert.Equal("7", record.Conditions["library"]);
        Assert.Empty(ranks.First.List()[0].Verify());
        for (var rank = 0; rank < 3; rank++)
        {
            var own = State(99);
            Assert.Equal(1, ranks.First.Restore(With(SharedState.Of(0), new PerRankPart(own, rank, 3)))!.Step);
            Assert.True(IsOf(rank, own));
        }
    }

    [Fact]
    public void A_small_state_is_of_format_2_for_their_sake_alone()
    {
        using var ranks = new RankStores(Directory, 2);
        ranks.Save(1, rank => With([], Own(rank, size: 2)));
        var record = ranks.First.List()[0].ReadRecord();
        Assert.Equal((2, RankStores.Small.Segment), (record.Format, record.Segment));
        var own = State(99);
        Assert.NotNull(ranks.First.Restore(With([], new PerRankPart(own, 1, 2))));
        Assert.True(IsOf(1, own));
    }

    [Fact]
    public void Another_number_of_ranks_takes_over_all_of_them_or_says_what_is_needed()
    {
        using var ranks = new RankStores(Directory, 3);
        ranks.Save(1, rank => With([], Own(rank, size: 3)));
        List<TestPart> adopted = [];
        var mine = State(99);
        Assert.NotNull(ranks.First.Restore(With([], new PerRankPart(mine, 1, 2, Adopt))));
        Assert.Equal(3, adopted.Count);
        Assert.All(adopted, (part, rank) => Assert.True(IsOf(rank, part)));
        Assert.True(IsOf(99, mine));

        var error = Assert.Throws<CheckpointMismatchException>(() => ranks.First.Restore(With([], new PerRankPart(mine, 1, 2))));
        Assert.Equal("random: it was saved by 3 ranks, each its own state, and there are 2 ranks now: go on with 3, or let it take the states over (IRankPart.Adopt)", Assert.Single(error.Differences));
        error = Assert.Throws<CheckpointMismatchException>(() => ranks.First.Restore(With([], mine)));
        Assert.Contains("each of 3 ranks has saved a state of its own", Assert.Single(error.Differences), StringComparison.Ordinal);

        void Adopt(IReadOnlyList<PartReader> states)
        {
            foreach (var state in states)
            {
                adopted.Add(State(99));
                adopted[^1].Restore(state);
            }
        }
    }

    [Fact]
    public void One_process_saves_its_own_as_that_of_any_part_and_more_of_them_take_it_over()
    {
        using var alone = Stores.At(Directory);
        var part = Own(5, size: 1);
        alone.Save(1, With([], part), Stores.Attempt(1), Stores.NoMetadata).Wait();
        Assert.Equal((1, 0), (alone.List()[0].ReadRecord().Format, alone.List()[0].ReadRecord().Parts[0].Ranks));
        var back = State(99);
        Assert.NotNull(alone.Restore(With([], new PerRankPart(back, 0, 1))));
        Assert.True(IsOf(5, back));
        var adopted = State(99);
        Assert.NotNull(alone.Restore(With([], new PerRankPart(State(99), 1, 2, states => adopted.Restore(Assert.Single(states))))));
        Assert.True(IsOf(5, adopted));
    }

    [Fact]
    public void A_state_that_is_missing_fails_the_save_and_names_its_rank()
    {
        using var ranks = new RankStores(Directory, 3) { ChangeStates = states => [.. states.Take(2), states[2] with { States = [] }] };
        var error = Assert.Throws<CheckpointWriteException>(() => ranks.Save(1, rank => With(SharedState.Of(1), Own(rank, size: 3))));
        Assert.Contains("rank 2 has sent no state of its own of 'random'", error.Message, StringComparison.Ordinal);
        Assert.Empty(System.IO.Directory.GetFileSystemEntries(Directory));
    }

    [Theory]
    [InlineData(65_000, true)]
    [InlineData(65_536, false)]
    [InlineData(1_000_000, false)]
    public void A_state_is_short(int length, bool isTaken)
    {
        using var ranks = new RankStores(Directory, 2);
        var error = Record.Exception(() => ranks.Save(1, rank => With([], new PerRankPart(new TestPart { Tensors = [PartTensor.Of("long", DType.UInt8, new byte[length])] }, rank, 2))));
        Assert.True(
            isTaken ? error is null : error is UntrackableStateException { ExitCode: 78 } && error.Message.StartsWith("random: a rank's own state of a part can have 65536 bytes at most, and this has ", StringComparison.Ordinal),
            error?.Message);
        Assert.True(length < 1_000_000 || error!.Message.Contains($"this has {length}. ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_flipped_bit_in_one_rank_s_state_is_found_and_that_rank_goes_to_the_older_checkpoint()
    {
        using var ranks = new RankStores(Directory, 2);
        ranks.Save(1, rank => With([], Own(rank, size: 2)));
        ranks.Save(2, rank => With([], Own(rank + 10, size: 2)));
        Damage.FlipBit(folder["checkpoints", "step-0000000002", "random.ranks.safetensors"], 4096 + 10);
        Assert.Equal("r00000/state", Assert.Single(ranks.First.List()[0].Verify()).Tensor);
        var own = State(99);
        Assert.Equal(1, ranks.First.Restore(With([], new PerRankPart(own, 0, 2)))!.Step);
        Assert.True(IsOf(0, own));
    }

    [Fact]
    public void Without_a_run_each_rank_s_is_read_by_its_number()
    {
        using var ranks = new RankStores(Directory, 3);
        ranks.Save(1, rank => With(SharedState.Of(1), Own(rank, size: 3)));
        using var checkpoint = Checkpoint.OpenNewest(Directory);
        Assert.Equal(3, checkpoint.Part("random").Ranks);
        Assert.Equal(PartValue.From(1.0), checkpoint.Part("random", rank: 2).Values["seed"]);
        var back = State(99);
        checkpoint.Load("random", back, rank: 1);
        Assert.True(IsOf(1, back));
        Assert.Contains("say whose, by Load(\"random\", into, rank: 0)", Assert.Throws<ArgumentException>(() => checkpoint.Load("random", back)).Message, StringComparison.Ordinal);
        Assert.Contains("of ranks 0 to 2, and none of rank 3", Assert.Throws<ArgumentException>(() => checkpoint.Load("random", back, rank: 3)).Message, StringComparison.Ordinal);
        Assert.Contains("is one for all ranks", Assert.Throws<ArgumentException>(() => checkpoint.Part(checkpoint.Parts[0].Name, rank: 0)).Message, StringComparison.Ordinal);
        Assert.Throws<CheckpointMismatchException>(() => checkpoint.Load("random", new TestPart(), rank: 0));
    }

    [Fact]
    public void One_process_can_write_what_all_ranks_have_told()
    {
        using var ranks = new RankStores(Directory, 3);
        using var alone = Stores.At(folder["alone"]);
        AllStates? states = null;
        ranks.ChangeStates = told =>
        {
            states = new AllStates([("random", State(0).Describe())], 3, told);
            return told;
        };
        ranks.Save(1, rank => With(SharedState.Of(1), Own(rank, size: 3)));
        alone.Save(1, SharedState.Of(1), Stores.Attempt(1) with { WorldSize = 3 }, Stores.NoMetadata, states).Wait();
        Assert.Equal(File.ReadAllBytes(folder["checkpoints", "step-0000000001", "random.ranks.safetensors"]), File.ReadAllBytes(folder["alone", "step-0000000001", "random.ranks.safetensors"]));
        var own = State(99);
        Assert.NotNull(alone.Restore(With(SharedState.Of(0), new PerRankPart(own, 2, 3))));
        Assert.True(IsOf(2, own));
    }

    [Fact]
    public void Random_bytes_are_no_state()
    {
        var state = RankState.ToBytes("p", State(3).Describe());
        Gen.Select(Gen.Int[0, state.Length - 1], Gen.Byte).Array[1, 3].Sample(
            changes =>
            {
                var changed = state.ToArray();
                foreach (var (at, value) in changes)
                    changed[at] = value;
                return Record.Exception(() => RankState.FromBytes(changed)) is null or InvalidCommitRecordException;
            },
            iter: 5_000);
        Assert.Throws<InvalidCommitRecordException>(() => RankState.FromBytes([]));
    }

    private static Dictionary<string, ICheckpointPart> With(Dictionary<string, ICheckpointPart> parts, ICheckpointPart random) => new(parts) { ["random"] = random };

    private static PerRankPart Own(int number, int size) => new(State(number), number % 10 % size, size);

    private static TestPart State(int number) => new()
    {
        Tensors = [PartTensor.Of("generator", DType.Int64, [number, 2L, number * 3]), PartTensor.Of("empty", DType.UInt8, Array.Empty<byte>())],
        Values = new() { ["seed"] = PartValue.From(number * 0.5) },
        Conditions = new() { ["library"] = "7" },
    };

    private static bool IsOf(int number, TestPart part) => part.Bytes().AsSpan().SequenceEqual(State(number).Bytes()) && part.Values["seed"] == PartValue.From(number * 0.5);
}
