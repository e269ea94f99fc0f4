using System.Runtime.CompilerServices;

namespace Cairn.Checkpoints;

/// <summary>An array of numbers as a part of a checkpoint: read at a save, overwritten in place at a restore.</summary>
/// <typeparam name="T">Any type without references: numbers of every size, bool, char, structs of these.</typeparam>
/// <remarks>It is the array that is tracked, not the variable: who puts another array into that is not followed.</remarks>
public sealed class ArrayPart<T> : ICheckpointPart
    where T : unmanaged
{
    private const string ArrayName = "array";
    private const string ElementName = "element";

    private readonly PartTensor tensor;

    /// <summary>Makes a part of an array.</summary>
    /// <param name="array">The array, as long as it will ever be.</param>
    public ArrayPart(T[] array)
    {
        ArgumentNullException.ThrowIfNull(array);
        // What safetensors has no type for is kept as its bytes.
        tensor = TypeOfElements() is { } type
            ? PartTensor.Of(ArrayName, type, array)
            : PartTensor.Of(ArrayName, DType.UInt8, array, array.LongLength, Unsafe.SizeOf<T>());
    }

    /// <inheritdoc/>
    public PartState Describe() => new()
    {
        Tensors = [tensor],
        Values = new Dictionary<string, PartValue>(StringComparer.Ordinal) { [ElementName] = PartValue.From(typeof(T).Name) },
    };

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        if (!saved.Values.TryGetValue(ElementName, out var value) || value is not PartValue.Text element)
            return ["it is an array, in the checkpoint it is none"];
        return element.Value == typeof(T).Name ? saved.DifferencesFrom([tensor.Info]) : [$"it is an array of {typeof(T).Name}, in the checkpoint of {element.Value}"];
    }

    /// <inheritdoc/>
    public void Restore(PartReader saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        saved.Read([tensor]);
    }

    private static DType? TypeOfElements() =>
        typeof(T) == typeof(bool) ? DType.Bool
        : typeof(T) == typeof(byte) ? DType.UInt8
        : typeof(T) == typeof(sbyte) ? DType.Int8
        : typeof(T) == typeof(short) ? DType.Int16
        : typeof(T) == typeof(int) ? DType.Int32
        : typeof(T) == typeof(long) ? DType.Int64
        : typeof(T) == typeof(Half) ? DType.Float16
        : typeof(T) == typeof(float) ? DType.Float32
        : typeof(T) == typeof(double) ? DType.Float64
        : typeof(T) == typeof(System.Numerics.Complex) ? DType.Complex128
        : null;
}
