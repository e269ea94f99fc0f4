using Cairn.Checkpoints;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Safetensors;
using Cairn.Checkpoints.Writing;

namespace Cairn.Tests.Checkpoints;

/// <summary>Pieces come in any order and across tensors' ends; the hashes are those of the tensors.</summary>
public sealed class PayloadHashesTests
{
    private const int PieceLength = 4096;
    private static readonly int[] Sizes = [10_000, 0, 3, 4096, 50_000, 1, 0];

    private readonly SafetensorsLayout layout;
    private readonly byte[] file;

    public PayloadHashesTests()
    {
        layout = SafetensorsLayout.For([.. Sizes.Select((size, i) => new ArrayTensor<byte>(new TensorInfo($"t{i}", DType.UInt8, [size]), Bytes(size, i)))]);
        file = new byte[(layout.FileSize + PieceLength - 1) / PieceLength * PieceLength];
        layout.Header.CopyTo(file, 0);
        foreach (var (tensor, offset) in layout.Tensors.Zip(layout.Offsets))
            tensor.CopyTo(0, file.AsSpan((int)offset, (int)tensor.Info.ByteCount));
    }

    private Segment All => new(0, 0, layout.FileSize, 0, layout.Tensors.Length);

    private IEnumerable<int> Offsets => Enumerable.Range(0, file.Length / PieceLength).Select(i => i * PieceLength);

    private ContentHash[] Expected => [.. layout.Tensors.Zip(layout.Offsets).Select(one => ContentHash.Of(file.AsSpan((int)one.Second, (int)one.First.Info.ByteCount)))];

    [Fact]
    public void In_their_order_they_are_hashed_at_once()
    {
        var hashes = new PayloadHashes(layout, All);
        foreach (var offset in Offsets)
            hashes.Append(offset, file.AsSpan(offset, PieceLength));
        Assert.Equal(Expected, hashes.All);
    }

    [Fact]
    public void One_that_comes_too_early_is_left_to_who_brings_those_before_it()
    {
        var hashes = new PayloadHashes(layout, All, (offset, length, use) => use(file.AsSpan((int)offset, length)));
        foreach (var offset in Offsets.Reverse())
            hashes.Append(offset, file.AsSpan(offset, PieceLength));
        Assert.Equal(Expected, hashes.All);
    }

    [Fact]
    public void One_that_is_there_only_once_waits_for_those_before_it()
    {
        var hashes = new PayloadHashes(layout, All);
        var threads = Offsets.Reverse().Select(offset => new Thread(() => hashes.Append(offset, file.AsSpan(offset, PieceLength)))).ToList();
        threads.ForEach(thread => thread.Start());
        Assert.All(threads, thread => Assert.True(thread.Join(TimeSpan.FromMinutes(1))));
        Assert.Equal(Expected, hashes.All);
    }

    [Fact]
    public void Who_waits_for_a_piece_that_will_not_come_goes_on_and_there_are_no_hashes()
    {
        var hashes = new PayloadHashes(layout, All);
        var thread = new Thread(() => hashes.Append(PieceLength, file.AsSpan(PieceLength, PieceLength)));
        thread.Start();
        hashes.GiveUp();
        Assert.True(thread.Join(TimeSpan.FromMinutes(1)));
        Assert.Throws<InvalidOperationException>(() => hashes.All);
    }

    private static byte[] Bytes(int count, int seed)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
