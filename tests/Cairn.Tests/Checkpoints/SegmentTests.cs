using Cairn.Checkpoints;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Writing;
using Cairn.Posix;
using CsCheck;

namespace Cairn.Tests.Checkpoints;

/// <summary>Files that are cut: every byte in one segment, every piece of a tensor in its own, whatever the sizes are.</summary>
public sealed class SegmentTests : IDisposable
{
    private const int Cut = 8192;
    private static readonly FormatLimits Small = new(Cut, 6 * Cut);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Every_byte_is_in_one_segment_and_every_tensor_has_one_piece_in_each_that_it_touches() =>
        Gen.OneOf(Gen.Int[0, 40], Gen.Int[0, 40_000], Gen.Const(4096), Gen.Const(Cut), Gen.Const(Cut - 1), Gen.Const(2 * Cut)).Array[1, 30].Sample(
            sizes =>
            {
                var plan = SavePlan.For(new Dictionary<string, ICheckpointPart> { ["p"] = Part(sizes) }, limits: Small);
                for (var i = 0; i < plan.Files.Length; i++)
                {
                    var layout = plan.Files[i].Layout;
                    var (end, pieces) = (0L, new long[layout.Tensors.Length]);
                    for (var number = plan.FirstSegmentOf(i); number < plan.FirstSegmentOf(i + 1); number++)
                    {
                        var segment = plan.Segments[number];
                        Assert.Equal((i, end, 0), (segment.File, segment.Offset, segment.Offset % Cut));
                        Assert.True(segment.Length == Cut || segment.End == layout.FileSize);
                        end = segment.End;
                        for (var tensor = 0; tensor < segment.Tensors; tensor++)
                        {
                            var (from, to) = segment.PieceOf(layout, tensor);
                            Assert.True(from < to || layout.Tensors[segment.FirstTensor + tensor].Info.ByteCount == 0);
                            pieces[segment.FirstTensor + tensor]++;
                        }
                    }

                    Assert.Equal(layout.FileSize, end);
                    Assert.Equal(layout.Tensors.Select((tensor, t) => FormatLimits.PiecesOf(layout.Offsets[t], tensor.Info.ByteCount, Cut)), pieces);
                }
            },
            iter: 2_000);

    [Fact]
    public void Pieces_lie_end_to_end_and_end_at_cuts() =>
        Gen.Select(Gen.Long[0, 100_000], Gen.Long[0, 100_000]).Sample((offset, length) =>
        {
            var (count, start) = (0L, 0L);
            do
            {
                var end = FormatLimits.EndOfPiece(offset, length, Cut, start);
                Assert.True(end == length || (offset + end) % Cut == 0);
                Assert.True(end > start || length == 0);
                Assert.True(end - start <= Cut);
                (start, count) = (end, count + 1);
            }
            while (start < length);
            Assert.Equal(FormatLimits.PiecesOf(offset, length, Cut), count);
            Assert.Equal(length, FormatLimits.EndOfPiece(offset, length, FormatLimits.Uncut, 0));
        });

    public static TheoryData<SaveMode> Modes => new(Enum.GetValues<SaveMode>());

    [Theory]
    [MemberData(nameof(Modes))]
    public void What_is_cut_comes_back_and_other_readers_find_plain_files(SaveMode mode)
    {
        int[] sizes = [3, 50_000, 0, 8192, 20_000, 1, 30_000, 17];
        using var store = Store();
        var saved = Save(store, 1, mode, Part(sizes));
        var record = store.List()[0].ReadRecord();
        Assert.Equal((2, (long)Cut), (record.Format, record.Segment));
        Assert.Equal(["checkpoint.json", "p-00001.safetensors", "p-00002.safetensors", "p-00003.safetensors", "p-00004.safetensors"], Stores.Names(saved.Path));
        Assert.Equal([6, 0], new[] { record.Parts[0].Tensors.Max(tensor => tensor.MoreHashes.Length), record.Parts[0].Tensors.Min(tensor => tensor.MoreHashes.Length) });
        Assert.Empty(store.List()[0].Verify());

        var there = Directory.GetFiles(saved.Path, "*.safetensors").SelectMany(IndependentReader.Read).ToDictionary(tensor => tensor.Name);
        var part = Part(sizes);
        Assert.All(part.Tensors, tensor => Assert.Equal(TestPart.BytesOf(tensor), there[tensor.Info.Name].Bytes));

        var restored = Part(sizes, seed: 9);
        Assert.Equal(1, store.Restore(new Dictionary<string, ICheckpointPart> { ["p"] = restored })!.Step);
        Assert.Equal(part.Bytes(), restored.Bytes());

        // By one thread, as from a device.
        var again = Part(sizes, seed: 9);
        Assert.NotNull(store.Restore(new Dictionary<string, ICheckpointPart> { ["p"] = new TestPart { Tensors = [.. again.Tensors.Select(tensor => new UnpinnedTensor(tensor))] } }));
        Assert.Equal(part.Bytes(), again.Bytes());
    }

    [Fact]
    public void A_state_that_needs_no_cut_is_format_1_and_the_same_to_the_byte()
    {
        using var cut = Store();
        using var old = Stores.At(folder["old"]);
        var saved = Save(cut, 1, SaveMode.Asynchronous, Part([30, 2000]));
        var before = Save(old, 1, SaveMode.Asynchronous, Part([30, 2000]));
        Assert.Equal((1, FormatLimits.Uncut), (cut.List()[0].ReadRecord().Format, cut.List()[0].ReadRecord().Segment));
        Assert.DoesNotContain("segment", File.ReadAllText(Path.Combine(saved.Path, "checkpoint.json")), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(Path.Combine(before.Path, "p.safetensors")), File.ReadAllBytes(Path.Combine(saved.Path, "p.safetensors")));
    }

    [Fact]
    public void A_bit_flipped_anywhere_is_found_and_the_tensor_named_once()
    {
        using var store = Store();
        Save(store, 1, SaveMode.Asynchronous, Part([50_000, 9]));
        Save(store, 2, SaveMode.Asynchronous, Part([50_000, 9], seed: 2));
        var path = folder["checkpoints", "step-0000000002", "p-00001.safetensors"];
        for (var position = 4096L; position < 54_000; position += 1499)
        {
            Damage.FlipBit(path, position);
            Assert.Equal("t0", Assert.Single(store.List()[0].Verify()).Tensor);
            Assert.Equal(1, store.Restore(new Dictionary<string, ICheckpointPart> { ["p"] = Part([50_000, 9]) })!.Step);
            Damage.FlipBit(path, position);
        }

        Damage.FlipBit(path, 5000);
        Damage.FlipBit(path, 50_000);
        Assert.Equal("t0", Assert.Single(store.List()[0].Verify()).Tensor);
    }

    [Fact]
    public void The_same_state_serves_as_saved_though_it_was_hashed_in_other_pieces()
    {
        using (var old = Stores.At(folder["checkpoints"]))
            Save(old, 1, SaveMode.Asynchronous, Part([50_000, 9]));
        using var cut = Store();
        Assert.True(Save(cut, 1, SaveMode.Asynchronous, Part([50_000, 9])).AlreadyThere);
        Assert.Throws<CheckpointWriteException>(() => Save(cut, 1, SaveMode.Asynchronous, Part([50_000, 9], seed: 2)));
    }

    [Theory]
    [MemberData(nameof(Modes))]
    public void Files_that_did_not_change_are_linked_and_an_older_format_s_are_written_anew(SaveMode mode)
    {
        int[] sizes = [50_000, 9, 30_000];
        using (var old = Stores.At(folder["checkpoints"]))
        {
            Save(old, 1, mode, Part(sizes, frozen: true));
            Save(old, 2, mode, Part(sizes, frozen: true));
        }

        using var cut = Store();
        Assert.NotNull(cut.Restore(new Dictionary<string, ICheckpointPart> { ["p"] = Part(sizes, frozen: true) }));
        for (var step = 3; step <= 6; step++)
            Save(cut, step, mode, Part(sizes, frozen: true));
        var copies = Enumerable.Range(3, 4).Select(IdentityOf).ToList();
        Assert.Equal([copies[0], copies[1]], copies[2..]);
        Assert.NotEqual(copies[0], copies[1]);
        Assert.All(cut.List(), checkpoint => Assert.Empty(checkpoint.Verify()));
    }

    [Fact]
    public void The_record_of_what_is_cut_comes_back_as_it_was()
    {
        var record = CommitRecordFile.FromBytes(WithChecksum(CutRecord));
        Assert.Equal((4096, 1), (record.Segment, Assert.Single(Assert.Single(record.Parts).Tensors).MoreHashes.Length));
        Assert.Equal(WithChecksum(CutRecord), CommitRecordFile.ToBytes(record));
    }

    [Theory]
    [InlineData("\"format\": 2", "\"format\": 1", "has no 'hash'")]
    [InlineData("\"segment\": 4096,", "", "no 'segment'")]
    [InlineData("\"segment\": 4096", "\"segment\": 0", "cut every 0")]
    [InlineData("\"segment\": 4096", "\"segment\": -4096", "cut every -4096")]
    [InlineData("\"segment\": 4096", "\"segment\": 6000", "cut every 6000")]
    [InlineData("\"segment\": 4096", "\"segment\": 16384", "has 2 hashes, which are not one for each segment")]
    [InlineData("\"d56b97350abb57afaa0ea64f638c85ec\"\n     ]", "\"d56b97350abb57afaa0ea64f638c85ec\", \"d56b97350abb57afaa0ea64f638c85ec\"\n     ]", "has 3 hashes")]
    [InlineData("\"hashes\": [", "\"hashes\": [], \"more\": [", "is empty")]
    [InlineData("\"hashes\": [", "\"hashes\": [ null,", "no hash of 32")]
    [InlineData("\"hashes\": [", "\"hash\": \"903b81118f8e388a64a59e42c5d77c91\", \"hashes\": [", "'hash' of a tensor is not known")]
    [InlineData("      600,", "      600000000000000,", "")]
    public void A_record_that_breaks_a_rule_of_what_is_cut_is_refused(string part, string instead, string reason)
    {
        Assert.Contains(part, CutRecord, StringComparison.Ordinal);
        var error = Assert.Throws<InvalidCommitRecordException>(() => CommitRecordFile.FromBytes(WithChecksum(CutRecord.Replace(part, instead, StringComparison.Ordinal))));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model-00001", "model")]
    [InlineData("model", "model-00001")]
    [InlineData("Model.frozen-00012", "model")]
    public void Two_parts_whose_files_could_come_to_have_one_name_are_refused(string one, string other) =>
        Assert.Contains("can't both be parts", Assert.Throws<ArgumentException>(() => FileNames.CheckParts([one, other])).Message, StringComparison.Ordinal);

    [Fact]
    public void Names_that_only_look_like_it_are_not()
    {
        FileNames.CheckParts(["model", "model-1", "model-0000a", "model-000001", "other-00001", "-00001a"[1..]]);
        Assert.True(FileNames.IsFrozenPayload("a", FileNames.Payload("a", isFrozen: true, 3)));
        Assert.True(FileNames.IsFrozenPayload("a", FileNames.Payload("a", isFrozen: true)));
        Assert.False(FileNames.IsFrozenPayload("a", FileNames.Payload("a", isFrozen: false, 3)));
        Assert.False(FileNames.IsFrozenPayload("a", FileNames.Payload("a", isFrozen: false)));
    }

    private static string CutRecord => System.Text.Encoding.UTF8.GetString(new Corpus("records").Seeds["cut"]);

    private static byte[] WithChecksum(string json)
    {
        var body = json.TrimEnd()[..^2];
        return System.Text.Encoding.UTF8.GetBytes($"{body},\n \"checksum\": \"{ContentHash.Of(System.Text.Encoding.UTF8.GetBytes(body))}\"\n}}\n");
    }

    private FileIdentity IdentityOf(int step)
    {
        using var directory = PosixDirectory.Open(folder["checkpoints", CheckpointNames.ForStep(step)], followLink: false);
        using var file = PosixFile.OpenRead(directory, "p.frozen-00001.safetensors");
        return file.Identity()!.Value;
    }

    private static SavedCheckpoint Save(CheckpointStore store, long step, SaveMode mode, TestPart part)
    {
        var parts = new Dictionary<string, ICheckpointPart> { ["p"] = part };
        if (mode == SaveMode.Synchronous)
            return store.Save(step, parts, Stores.Attempt(1), Stores.NoMetadata).Wait();
        var gate = mode == SaveMode.Overlapped ? new OverlapGate(checks: true) : null;
        var save = store.Begin(step, parts, Stores.Attempt(1), Stores.NoMetadata, _ => { }, gate);
        Assert.Empty(gate?.Pass() ?? []);
        Assert.True(save.Join(TimeSpan.FromMinutes(1)));
        return save.Wait();
    }

    private static TestPart Part(int[] sizes, int seed = 1, bool frozen = false) => new()
    {
        Tensors = [.. sizes.Select((size, i) => new ArrayTensor<byte>(new TensorInfo($"t{i}", DType.UInt8, [size]), Bytes(size, seed + i)) { Frozen = frozen, ChangesOnlyInOptimizerStep = i % 2 == 0 })],
    };

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private CheckpointStore Store() => new(folder["checkpoints"], Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, TimeProvider.System) { Limits = Small };
}
