namespace Cairn.Checkpoints.Safetensors;

/// <summary>The names of element types, in payload headers and in the commit record.</summary>
internal static class SafetensorsTypes
{
    // By the number of the type.
    private static readonly string[] Names = ["BOOL", "U8", "I8", "I16", "I32", "I64", "F16", "BF16", "F32", "F64", "C64", "C128"];

    /// <summary>All names, for messages.</summary>
    public static string All => string.Join(", ", Names);

    /// <summary>The name of an element type; the complex ones have one in the commit record only.</summary>
    public static string NameOf(DType type) =>
        (uint)type < Names.Length ? Names[(int)type] : throw new ArgumentOutOfRangeException(nameof(type), type, "not an element type");

    /// <summary>Whether an element type has that name.</summary>
    public static bool TryFind(string? name, out DType type)
    {
        var number = Array.IndexOf(Names, name);
        type = (DType)number;
        return number >= 0;
    }

    /// <summary>How a tensor is written into the payload: as it is, but complex numbers as pairs in a last dimension of 2.</summary>
    public static TensorInfo Stored(TensorInfo tensor) => tensor.DType switch
    {
        DType.Complex64 => tensor with { DType = DType.Float32, Shape = tensor.Shape.Add(2) },
        DType.Complex128 => tensor with { DType = DType.Float64, Shape = tensor.Shape.Add(2) },
        _ => tensor,
    };
}
