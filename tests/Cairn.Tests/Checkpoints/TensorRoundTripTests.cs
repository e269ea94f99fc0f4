using Cairn.Checkpoints;
using CsCheck;

namespace Cairn.Tests.Checkpoints;

public sealed class TensorRoundTripTests
{
    private static readonly Gen<TensorInfo> Infos = Gen.Select(
        Gen.String[Gen.OneOf(Gen.Char[' ', '~'], Gen.OneOf('ä', '\u4e2d', '"', '\\', '/', '\n', '\u2028')), 0, 8],
        Gen.Enum<DType>(),
        Gen.Int[0, 5].Select(size => (long)size).Array[0, 4],
        (name, type, shape) => new TensorInfo(name, type, [.. shape]));

    private static readonly Gen<TestPart> Parts = Gen.Select(Infos, Gen.Bool, Gen.Int).Array[0, 8].Select(tensors => new TestPart
    {
        Tensors = [.. tensors.DistinctBy(one => one.Item1.Name).Select(one => RandomTensor(one.Item1, one.Item2, one.Item3))],
    });

    [Fact]
    public void Tensors_of_every_type_and_shape_with_any_name_come_back_in_every_byte_and_the_files_are_strict_safetensors()
    {
        using var folder = new TemporaryFolder();
        var store = Stores.At(folder.Path);
        var step = 0L;

        Parts.Sample(
            part =>
            {
                var parts = new Dictionary<string, ICheckpointPart> { ["p"] = part };
                var saved = store.Save(Interlocked.Increment(ref step), parts, Stores.Attempt(1), Stores.NoMetadata).Wait();
                var inFiles = Directory.GetFiles(saved.Path, "*.safetensors").SelectMany(IndependentReader.Read).ToDictionary(one => one.Name);
                Assert.Equal(part.Tensors.Count, inFiles.Count);
                foreach (var tensor in part.Tensors)
                    Assert.Equal(TestPart.BytesOf(tensor), inFiles[tensor.Info.Name].Bytes);

                var before = part.Bytes();
                foreach (var tensor in part.Tensors)
                    tensor.CopyFrom(0, new byte[tensor.Info.ByteCount]);
                store.Restore(parts);
                Directory.Delete(saved.Path, recursive: true);
                return before.AsSpan().SequenceEqual(part.Bytes());
            },
            iter: 200,
            threads: 1);
    }

    [Fact]
    public void Complex_numbers_are_pairs_in_the_file_and_keep_their_type_in_the_record()
    {
        using var folder = new TemporaryFolder();
        var store = Stores.At(folder.Path);
        var part = new TestPart { Tensors = { PartTensor.Of("z", DType.Complex64, [1f, 2f, 3f, 4f], 2), PartTensor.Of("w", DType.Complex128, [5.0, 6.0], 1, 1) } };

        var saved = store.Save(1, new Dictionary<string, ICheckpointPart> { ["p"] = part }, Stores.Attempt(1), Stores.NoMetadata).Wait();

        var file = IndependentReader.Read(Path.Combine(saved.Path, "p.safetensors")).ToDictionary(one => one.Name);
        Assert.Equal(("F32", "2,2"), (file["z"].DType, string.Join(',', file["z"].Shape)));
        Assert.Equal(("F64", "1,1,2"), (file["w"].DType, string.Join(',', file["w"].Shape)));
        Assert.Equal(["complex128 [1, 1]", "complex64 [2]"], store.List()[0].ReadRecord().Parts[0].Tensors.Select(tensor => tensor.Info.Form));
    }

    [Fact]
    public void Data_begins_at_a_multiple_of_4096_and_every_tensor_at_a_multiple_of_its_element_size()
    {
        using var folder = new TemporaryFolder();
        var store = Stores.At(folder.Path);
        var part = new TestPart
        {
            Tensors =
            [
                PartTensor.Of("bytes", DType.UInt8, new byte[3]),
                .. Enumerable.Range(0, 200).Select(i => PartTensor.Of($"a.rather.long.name.of.a.layer.{i}", i % 2 == 0 ? DType.Float16 : DType.Int16, new short[7])),
                PartTensor.Of("wide", DType.Float64, new double[5]),
            ],
        };

        store.Save(1, new Dictionary<string, ICheckpointPart> { ["p"] = part }, Stores.Attempt(1), Stores.NoMetadata).Wait();
        var record = store.List()[0].ReadRecord();

        Assert.True(record.Files[0].HeaderSize > 4096);
        Assert.Equal(0, record.Files[0].HeaderSize % 4096);
        Assert.All(record.Parts[0].Tensors, tensor => Assert.Equal(0, tensor.Offset % tensor.Info.ElementSize));
    }

    [Fact]
    public void A_file_whose_tensors_did_not_change_is_the_same_in_every_byte()
    {
        using var folder = new TemporaryFolder();
        var store = Stores.At(folder.Path);
        store.SaveModel(1);
        store.SaveModel(2, attempt: 2);

        Assert.Equal(
            File.ReadAllBytes(folder["step-0000000001", "model.frozen.safetensors"]),
            File.ReadAllBytes(folder["step-0000000002", "model.frozen.safetensors"]));
    }

    [Fact]
    public void Tensors_across_the_edges_of_pieces_come_back()
    {
        using var folder = new TemporaryFolder();
        var store = Stores.At(folder.Path);
        var part = new TestPart
        {
            Tensors =
            {
                new ArrayTensor<double>(new TensorInfo("a", DType.Complex128, [(1 << 19) + 1]), Random<double>((1 << 20) + 2)),
                PartTensor.Of("b", DType.Float32, Random<float>(3_000_001)),
                PartTensor.Of("c", DType.UInt8, Random<byte>(5_000_003)),
                PartTensor.Of("d", DType.UInt8, Random<byte>(1)),
            },
        };
        var parts = new Dictionary<string, ICheckpointPart> { ["p"] = part };
        var before = part.Bytes();

        store.Save(1, parts, Stores.Attempt(1), Stores.NoMetadata).Wait();
        foreach (var tensor in part.Tensors)
            tensor.CopyFrom(0, new byte[tensor.Info.ByteCount]);
        store.Restore(parts);

        Assert.True(before.AsSpan().SequenceEqual(part.Bytes()));
    }

    private static T[] Random<T>(int count)
        where T : unmanaged
    {
        var data = new T[count];
        new Random(count).NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(data.AsSpan()));
        return data;
    }

    private static ArrayTensor<byte> RandomTensor(TensorInfo info, bool frozen, int seed)
    {
        var bytes = new byte[info.ByteCount];
        new Random(seed).NextBytes(bytes);
        return new ArrayTensor<byte>(info, bytes) { Frozen = frozen };
    }
}
