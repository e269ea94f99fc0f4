using Cairn.Checkpoints;
using Cairn.Checkpoints.Writing;

namespace Cairn.Tests.Checkpoints;

/// <summary>A plan that takes over what it can from the one before is the plan that would be made anew.</summary>
public class SavePlanTests
{
    private static ArrayTensor<byte> Tensor(string name, DType type, int count, bool frozen = false) =>
        new ArrayTensor<byte>(new TensorInfo(name, type, [count]), new byte[count * TensorInfo.SizeOf(type)]) { Frozen = frozen };

    public static TheoryData<string> Changes => ["nothing", "name", "type", "shape", "order", "more", "fewer", "frozen", "thawed", "none"];

    [Theory]
    [MemberData(nameof(Changes))]
    public void It_is_the_same_as_one_that_is_made_anew(string change)
    {
        var part = new TestPart { Tensors = { Tensor("a", DType.Int8, 3), Tensor("b", DType.Float32, 2), Tensor("c", DType.Int8, 5), Tensor("d", DType.Int64, 1, frozen: true) } };
        var parts = new Dictionary<string, ICheckpointPart> { ["p"] = part, ["q"] = TestPart.Model(1) };
        var earlier = SavePlan.For(parts).Forms();
        var tensors = part.Tensors;
        switch (change)
        {
            case "name":
                tensors[0] = Tensor("z", DType.Int8, 3);
                break;
            case "type":
                tensors[1] = Tensor("b", DType.Int32, 2);
                break;
            case "shape":
                tensors[2] = Tensor("c", DType.Int8, 6);
                break;
            case "order":
                tensors.Reverse();
                break;
            case "more":
                tensors.Add(Tensor("e", DType.Float64, 1));
                break;
            case "fewer":
                tensors.RemoveAt(1);
                break;
            case "frozen":
                tensors[0] = Tensor("a", DType.Int8, 3, frozen: true);
                break;
            case "thawed":
                tensors[3] = Tensor("d", DType.Int64, 1);
                break;
            case "none":
                tensors.Clear();
                break;
        }

        var (anew, now) = (SavePlan.For(parts), SavePlan.For(parts, earlier: earlier));
        Assert.Equal(anew.Files.Select(file => file.Name), now.Files.Select(file => file.Name));
        foreach (var (one, other) in anew.Files.Zip(now.Files))
        {
            Assert.Equal(one.Layout.Header, other.Layout.Header);
            Assert.Equal(one.Layout.Offsets, other.Layout.Offsets);
            Assert.Equal(one.Layout.Tensors, other.Layout.Tensors);
            Assert.Equal((one.Layout.FileSize, one.Layout.HeaderHash), (other.Layout.FileSize, other.Layout.HeaderHash));
        }

        Assert.Equal(change == "nothing", ReferenceEquals(earlier["p.safetensors"], now.Files[0].Layout.FormAlone));
    }

    [Fact]
    public void A_name_that_comes_to_be_there_twice_is_found_later_too()
    {
        var part = new TestPart { Tensors = { Tensor("a", DType.Int8, 3) } };
        var parts = new Dictionary<string, ICheckpointPart> { ["p"] = part };
        var earlier = SavePlan.For(parts).Forms();
        part.Tensors.Add(Tensor("a", DType.Int8, 3, frozen: true));
        Assert.Contains("two tensors have the name 'a'", Assert.Throws<ArgumentException>(() => SavePlan.For(parts, earlier: earlier)).Message, StringComparison.Ordinal);
    }
}
