using System.Runtime.CompilerServices;

namespace Cairn.Checkpoints;

/// <summary>Numbers in an array of any number of dimensions, overwritten in place at a restore, or in a list, which may grow.</summary>
/// <typeparam name="T">Any type without references: numbers of every size, bool, char, structs of these.</typeparam>
/// <remarks>It is the array or list that is tracked, not the variable: who puts another one into that is not followed.</remarks>
internal sealed class ArrayPart<T> : ICheckpointPart
    where T : unmanaged
{
    private const string ArrayName = "array";
    private const string ElementName = "element";

    // What safetensors has no type for is kept as its bytes.
    private static readonly DType? Type = TypeOfElements();

    // Of a pair the types in it, too: a pair of other types has the same name and perhaps the same size.
    private static readonly string Element = typeof(T).IsGenericType ? typeof(T).ToString() : typeof(T).Name;

    private readonly Array? array;
    private readonly List<T>? list;

    /// <summary>Makes a part of an array, which is as long as it will ever be.</summary>
    public ArrayPart(Array array)
    {
        ArgumentNullException.ThrowIfNull(array);
        this.array = array;
    }

    /// <summary>Makes a part of a list, which may have any length when it is saved, and has that length after the restore.</summary>
    public ArrayPart(List<T> list)
    {
        ArgumentNullException.ThrowIfNull(list);
        this.list = list;
    }

    /// <inheritdoc/>
    public PartState Describe()
    {
        var data = array ?? list!.ToArray();
        return new()
        {
            Tensors = [new ArrayTensor<T>(InfoOf(data), data)],
            Values = new Dictionary<string, PartValue>(StringComparer.Ordinal) { [ElementName] = PartValue.From(Element) },
        };
    }

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        var kind = array is null ? "a list" : "an array";
        if (saved.Values.GetValueOrDefault(ElementName)?.Text is not { } element || saved.Tensors is not [{ Name: ArrayName } tensor])
            return [$"it is {kind}, in the checkpoint it is none"];
        if (element != Element)
            return [$"it is {kind} of {Element}, in the checkpoint of {element}"];
        if (array is null)
        {
            if (tensor.Shape.Length != (Type is null ? 2 : 1))
                return [$"it is a list, in the checkpoint {tensor.Form}"];
            return Type is not null || tensor.Shape[1] == Unsafe.SizeOf<T>() ? [] : [$"it is a list of {element} of {Unsafe.SizeOf<T>()} bytes each, in the checkpoint of {tensor.Shape[1]}"];
        }

        return saved.DifferencesFrom([InfoOf(array)]);
    }

    /// <inheritdoc/>
    public void Restore(PartReader saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        var data = array ?? new T[saved.Record.Tensors.Single().Shape[0]];
        saved.Read([new ArrayTensor<T>(InfoOf(data), data)]);
        list?.Clear();
        list?.AddRange((T[])data);
    }

    private static TensorInfo InfoOf(Array data)
    {
        var shape = Enumerable.Range(0, data.Rank).Select(data.GetLongLength);
        return Type is { } type ? new(ArrayName, type, [.. shape]) : new(ArrayName, DType.UInt8, [.. shape, Unsafe.SizeOf<T>()]);
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
