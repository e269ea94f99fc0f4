using Cairn.Checkpoints;
using static TorchSharp.torch;

namespace Cairn;

/// <summary>TorchSharp's element types in a checkpoint's terms.</summary>
internal static class TorchDType
{
    /// <summary>The element type to record, or null where there is none: quantized types keep their scales outside of their bytes.</summary>
    public static DType? Find(ScalarType type) => type switch
    {
        ScalarType.Bool => DType.Bool,
        ScalarType.Byte => DType.UInt8,
        ScalarType.Int8 => DType.Int8,
        ScalarType.Int16 => DType.Int16,
        ScalarType.Int32 => DType.Int32,
        ScalarType.Int64 => DType.Int64,
        ScalarType.Float16 => DType.Float16,
        ScalarType.BFloat16 => DType.BFloat16,
        ScalarType.Float32 => DType.Float32,
        ScalarType.Float64 => DType.Float64,
        ScalarType.ComplexFloat32 => DType.Complex64,
        ScalarType.ComplexFloat64 => DType.Complex128,
        _ => null,
    };

    /// <summary>The element type of torch's for a recorded one.</summary>
    public static ScalarType Of(DType type) => Enum.GetValues<ScalarType>().First(one => Find(one) == type);
}
