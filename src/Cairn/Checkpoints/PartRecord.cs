namespace Cairn.Checkpoints;

/// <summary>What a checkpoint says of one part: names, forms and values, without the tensors' bytes.</summary>
/// <param name="Name">The part's name.</param>
/// <param name="Tensors">The saved tensors.</param>
/// <param name="Values">The saved values by name.</param>
public sealed record PartRecord(string Name, IReadOnlyList<TensorInfo> Tensors, IReadOnlyDictionary<string, PartValue> Values)
{
    /// <summary>
    /// How many ranks have a state of their own of it (<see cref="TrainingRun.TrackPerRank"/>): its tensors are then these states, one a rank, as
    /// <see cref="Checkpoint.Part(string, int)"/> reads them. 0, the default, where it is one part for all.
    /// </summary>
    public int Ranks { get; init; }

    /// <summary>In a checkpoint, before the names of a part's settings: what the program chose when it started. The part itself knows nothing of it.</summary>
    internal const string SettingPrefix = "started.";

    /// <summary>What is the part's own.</summary>
    internal PartRecord WithoutSettings() =>
        this with { Values = Values.Where(value => !value.Key.StartsWith(SettingPrefix, StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal) };

    /// <summary>Lists every difference between the saved tensors and those that a part has: missing, extra, other type or shape.</summary>
    /// <param name="tensors">The tensors that the part has now.</param>
    /// <returns>One sentence a difference, without the part's name; none when all fit.</returns>
    public IEnumerable<string> DifferencesFrom(IEnumerable<TensorInfo> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        var saved = Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (var tensor in tensors)
        {
            if (!saved.Remove(tensor.Name, out var other))
                yield return $"{tensor.Name} ({tensor.Form}) is not in the checkpoint";
            else if (!tensor.Equals(other))
                yield return $"{tensor.Name} is {tensor.Form}, in the checkpoint {other.Form}";
        }

        foreach (var left in saved.Values)
            yield return $"{left.Name} ({left.Form}) is in the checkpoint, but not in the program";
    }
}
