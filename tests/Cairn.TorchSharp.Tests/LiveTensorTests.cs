using TorchSharp;
using static TorchSharp.torch;

namespace Cairn.TorchSharp.Tests;

public sealed class LiveTensorTests
{
    public static TheoryData<ScalarType> Types =>
    [
        ScalarType.Bool, ScalarType.Byte, ScalarType.Int8, ScalarType.Int16, ScalarType.Int32, ScalarType.Int64, ScalarType.Float16,
        ScalarType.BFloat16, ScalarType.Float32, ScalarType.Float64, ScalarType.ComplexFloat32, ScalarType.ComplexFloat64,
    ];

    public static TheoryData<string> Layouts => ["scalar", "empty", "transposed", "permuted", "strided", "row of a matrix", "channels last"];

    [Theory]
    [MemberData(nameof(Types))]
    public void Every_element_type_is_copied_to_the_last_bit(ScalarType type)
    {
        using var scope = NewDisposeScope();
        var source = (arange(40).reshape(5, 8) * 3 % 7).to_type(type);
        var target = zeros(5, 8, dtype: type);
        Copy(source, target);
        Assert.True(source.Equals(target), "the copy differs");
        Assert.Equal(source.ElementSize, new LiveTensor("t", source).Info.ElementSize);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Elements_are_in_row_major_order_however_they_lie_in_memory(string layout)
    {
        using var scope = NewDisposeScope();
        var (source, target) = (Lay(layout), Lay(layout));
        target.zero_();

        Assert.Equal(source.contiguous().bytes.ToArray(), MemoryCheckpoint.BytesOf(new LiveTensor("t", source)));
        Copy(source, target);
        Assert.True(source.Equals(target), "the copy differs");
        Assert.Equal(source.stride(), target.stride());
    }

    [Fact]
    public void Writing_to_a_view_leaves_its_neighbours_alone()
    {
        using var scope = NewDisposeScope();
        var whole = zeros(6, 10);
        Copy(ones(6, 3), whole.narrow(1, 4, 3));
        Assert.Equal(18, whole.sum().item<float>());
        Assert.Equal(18, whole.narrow(1, 4, 3).sum().item<float>());
    }

    [Fact]
    public void An_expanded_tensor_is_written_once_for_all_its_rows()
    {
        using var scope = NewDisposeScope();
        var target = zeros(1, 40).expand(5, 40);
        Copy(arange(40, dtype: ScalarType.Float32).expand(5, 40), target);
        Assert.True(arange(40, dtype: ScalarType.Float32).expand(5, 40).Equals(target), "the copy differs");
    }

    [Fact]
    public void A_parameter_that_needs_a_gradient_is_overwritten_in_place()
    {
        using var scope = NewDisposeScope();
        var target = new global::TorchSharp.Modules.Parameter(zeros(3, 4).t(), requires_grad: true);
        var handle = target.Handle;
        Copy(ones(4, 3), target);
        Assert.Equal(12, target.sum().item<float>());
        Assert.True(target.requires_grad);
        Assert.Equal(handle, target.Handle);
    }

    [Theory]
    [InlineData("conjugated")]
    [InlineData("imaginary part")]
    [InlineData("negated, transposed")]
    public void What_is_conjugated_or_negated_by_a_mark_is_copied_by_its_numbers(string view)
    {
        using var scope = NewDisposeScope();
        var (source, target, plain) = (View(1), View(0), View(1).resolve_conj().resolve_neg());
        Assert.True(source.is_conj() || source.is_neg());

        Assert.Null(new LiveTensor("t", source).Pin());
        Assert.Equal(plain.contiguous().bytes.ToArray(), MemoryCheckpoint.BytesOf(new LiveTensor("t", source)));
        Copy(source, target);
        Assert.True(source.resolve_conj().resolve_neg().Equals(target.resolve_conj().resolve_neg()), "the copy differs");
        Copy(source, plain.zero_());
        Assert.True(source.resolve_conj().resolve_neg().Equals(plain), "a program without the mark does not get the same numbers");

        Tensor View(float factor)
        {
            var numbers = complex(arange(24, dtype: ScalarType.Float32).reshape(4, 6), ones(4, 6) + 1) * factor;
            return view switch
            {
                "conjugated" => numbers.conj(),
                "imaginary part" => numbers.conj().imag,
                _ => numbers.conj().imag.t(),
            };
        }
    }

    [Fact]
    public void Tensors_that_are_more_than_their_bytes_are_refused()
    {
        using var scope = NewDisposeScope();
        var sparse = sparse_coo_tensor(tensor(new long[,] { { 0, 1 }, { 1, 0 } }), ones(2), [2, 2]);
        Assert.Contains("sparse", Assert.Throws<UntrackableStateException>(() => new LiveTensor("s", sparse)).Message);
        var meta = zeros(2, device: META);
        Assert.Contains("meta", Assert.Throws<UntrackableStateException>(() => new LiveTensor("m", meta)).Message);
        var quantized = quantize_per_tensor(ones(2), 0.1, 0, ScalarType.QInt8);
        Assert.Contains("QInt8", Assert.Throws<UntrackableStateException>(() => new LiveTensor("q", quantized)).Message);
    }

    [Fact]
    public void A_disposed_tensor_is_refused_with_the_likely_reason()
    {
        var tensor = zeros(2);
        tensor.Dispose();
        Assert.Contains("dispose scope", Assert.Throws<UntrackableStateException>(() => new LiveTensor("t", tensor)).Message);
    }

    [Fact]
    [Trait("Category", "slow")]
    public void A_tensor_over_2_GiB_is_copied_piece_by_piece()
    {
        const long Size = 2_200_000_000;
        const int Piece = 64 << 20;
        using var tensor = zeros(Size, dtype: ScalarType.Byte);
        var live = new LiveTensor("big", tensor);
        var buffer = new byte[Piece];
        for (long offset = 0; offset < Size; offset += Piece)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(Piece, Size - offset));
            piece.Fill((byte)(offset / Piece + 1));
            live.CopyFrom(offset, piece);
        }

        for (long offset = 0; offset < Size; offset += Piece)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(Piece, Size - offset));
            live.CopyTo(offset, piece);
            Assert.False(piece.ContainsAnyExcept((byte)(offset / Piece + 1)), $"wrong bytes after {offset}");
        }

        Assert.Equal((byte)(Size / Piece + 1), tensor[Size - 1].item<byte>());
    }

    private static Tensor Lay(string layout)
    {
        var numbers = arange(480, dtype: ScalarType.Float32);
        return layout switch
        {
            "scalar" => tensor(3.5f),
            "empty" => zeros(0, 4),
            "transposed" => numbers.reshape(20, 24).t(),
            "permuted" => numbers.reshape(4, 5, 24).permute(2, 0, 1),
            "strided" => numbers.reshape(2, 240)[TensorIndex.Colon, TensorIndex.Slice(0, null, 3)],
            "row of a matrix" => numbers.reshape(20, 24)[TensorIndex.Colon, TensorIndex.Single(5)],
            _ => numbers.reshape(2, 10, 4, 6).permute(0, 3, 1, 2),
        };
    }

    private static void Copy(Tensor source, Tensor target) =>
        MemoryCheckpoint.Fill(new LiveTensor("t", target), MemoryCheckpoint.BytesOf(new LiveTensor("t", source)));
}
