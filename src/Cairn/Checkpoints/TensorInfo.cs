using System.Collections.Immutable;

namespace Cairn.Checkpoints;

/// <summary>A tensor's name, element type and shape: all that must be equal for saved bytes to fit.</summary>
/// <param name="Name">Unique within its part; any text without control characters.</param>
/// <param name="DType">The element type.</param>
/// <param name="Shape">The size of each dimension; empty for a scalar.</param>
public sealed record TensorInfo(string Name, DType DType, ImmutableArray<long> Shape)
{
    /// <summary>The size in bytes of one element.</summary>
    public int ElementSize => SizeOf(DType);

    /// <summary>The size of the whole tensor in bytes.</summary>
    /// <exception cref="OverflowException">The product does not fit in 63 bits.</exception>
    public long ByteCount
    {
        get
        {
            long bytes = ElementSize;
            foreach (var size in Shape)
                bytes = checked(bytes * size);
            return bytes;
        }
    }

    /// <summary>Element type and shape in words, for example <c>float32 [16, 1]</c>.</summary>
    public string Form => $"{DType.ToString().ToLowerInvariant()} [{string.Join(", ", Shape)}]";

    /// <summary>Whether the other tensor has the same name, element type and shape.</summary>
    public bool Equals(TensorInfo? other) =>
        other is not null && Name == other.Name && DType == other.DType && Shape.AsSpan().SequenceEqual(other.Shape.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, DType, Shape.Length);

    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Form}";

    /// <summary>The first names of some tensors, for messages.</summary>
    internal static string Some(IReadOnlyList<TensorInfo> tensors) =>
        string.Join(", ", tensors.Take(10).Select(one => one.Name)) + (tensors.Count > 10 ? ", ..." : "");

    /// <summary>The size in bytes of one element of a type.</summary>
    public static int SizeOf(DType type) => type switch
    {
        DType.Bool or DType.UInt8 or DType.Int8 => 1,
        DType.Int16 or DType.Float16 or DType.BFloat16 => 2,
        DType.Int32 or DType.Float32 => 4,
        DType.Int64 or DType.Float64 or DType.Complex64 => 8,
        DType.Complex128 => 16,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "not an element type"),
    };
}
