using System.Collections.Immutable;

namespace Cairn.Checkpoints.Safetensors;

/// <summary>The names of element types, in payload headers and in the commit record.</summary>
internal static class SafetensorsTypes
{
    private static readonly ImmutableArray<(DType Type, string Name)> Names =
    [
        (DType.Bool, "BOOL"),
        (DType.UInt8, "U8"),
        (DType.Int8, "I8"),
        (DType.Int16, "I16"),
        (DType.Int32, "I32"),
        (DType.Int64, "I64"),
        (DType.Float16, "F16"),
        (DType.BFloat16, "BF16"),
        (DType.Float32, "F32"),
        (DType.Float64, "F64"),
        (DType.Complex64, "C64"),
        (DType.Complex128, "C128"),
    ];

    /// <summary>The name of an element type; the complex ones have one in the commit record only.</summary>
    public static string NameOf(DType type)
    {
        foreach (var (candidate, name) in Names)
        {
            if (candidate == type)
                return name;
        }

        throw new ArgumentOutOfRangeException(nameof(type), type, "not an element type");
    }

    /// <summary>The element type of a name, null when there is none.</summary>
    public static DType? Find(string? name)
    {
        foreach (var (type, candidate) in Names)
        {
            if (candidate == name)
                return type;
        }

        return null;
    }

    /// <summary>How a tensor is written into the payload: as it is, but complex numbers as pairs in a last dimension of 2.</summary>
    public static TensorInfo Stored(TensorInfo tensor) => tensor.DType switch
    {
        DType.Complex64 => tensor with { DType = DType.Float32, Shape = tensor.Shape.Add(2) },
        DType.Complex128 => tensor with { DType = DType.Float64, Shape = tensor.Shape.Add(2) },
        _ => tensor,
    };
}
