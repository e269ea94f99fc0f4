namespace Cairn.Checkpoints;

/// <summary>A plain value of the program as a part of a checkpoint: a counter, the best loss so far, a switch, a name.</summary>
/// <typeparam name="T">A type that <see cref="PlainValue"/> knows.</typeparam>
internal sealed class ValuePart<T> : ICheckpointPart, IMayDifferByRank
{
    private const string ValueName = "value";

    private readonly Func<T> get;
    private readonly Action<T> set;

    /// <exception cref="UntrackableStateException">No plain value is of this type.</exception>
    public ValuePart(Func<T> get, Action<T> set)
    {
        ArgumentNullException.ThrowIfNull(get);
        ArgumentNullException.ThrowIfNull(set);
        if (!PlainValue.IsKnown(typeof(T)))
            throw new UntrackableStateException($"a value of the type {typeof(T).Name} can't be tracked by its getter and setter: numbers, true and false, text, enumerations and times can. Track an array, a list, a Random, a module or a tensor itself (run.Track(name, array)), and anything else by its numbers or by a part of your own ({nameof(ICheckpointPart)})");
        (this.get, this.set) = (get, set);
    }

    /// <inheritdoc/>
    public PartState Describe() => new() { Values = new Dictionary<string, PartValue>(StringComparer.Ordinal) { [ValueName] = PlainValue.Save(get()) } };

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        if (saved.Tensors.Count > 0 || saved.Values.Count != 1 || !saved.Values.TryGetValue(ValueName, out var value))
            yield return $"it is a value ({NameOfType}), in the checkpoint it is none";
        else if (!PlainValue.TryLoad(value, typeof(T), out _))
            yield return $"it is a value of the type {NameOfType}, in the checkpoint it is {value}, which is none of that type";
    }

    /// <inheritdoc/>
    public void Restore(PartReader saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        set(Load(saved.Record));
    }

    /// <summary>The value in a checkpoint that has no difference.</summary>
    public static T Load(PartRecord saved)
    {
        PlainValue.TryLoad(saved.Values[ValueName], typeof(T), out var value);
        return (T)value!;
    }

    private static string NameOfType => Nullable.GetUnderlyingType(typeof(T)) is { } underlying ? $"{underlying.Name}?" : typeof(T).Name;
}
