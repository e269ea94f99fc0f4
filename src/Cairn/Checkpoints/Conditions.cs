namespace Cairn.Checkpoints;

/// <summary>Something that exactness depends on and that is not as it was when the checkpoint was made.</summary>
/// <param name="Name">What: threads, library version, device.</param>
/// <param name="Saved">As it was; null when nobody stated it.</param>
/// <param name="Current">As it is; null when nobody states it.</param>
internal sealed record ConditionChange(string Name, string? Saved, string? Current)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name}: {Saved ?? "not known"} in the checkpoint, {Current ?? "not known"} now";
}

/// <summary>The conditions of all parts as one list.</summary>
internal static class Conditions
{
    /// <summary>Puts the parts' conditions together. Where two parts differ in one, the later one's is named after that part too.</summary>
    public static SortedList<string, string> Merge(IEnumerable<(string Part, PartState State)> parts)
    {
        var merged = new SortedList<string, string>(StringComparer.Ordinal);
        foreach (var (part, state) in parts)
        {
            foreach (var (name, value) in state.Conditions)
            {
                if (!merged.TryAdd(name, value) && merged[name] != value)
                    merged[$"{name} ({part})"] = value;
            }
        }

        return merged;
    }

    /// <summary>Lists what differs, by name.</summary>
    public static IReadOnlyList<ConditionChange> Changes(IReadOnlyDictionary<string, string> saved, IReadOnlyDictionary<string, string> current) =>
    [
        .. saved.Keys.Union(current.Keys)
            .Order(StringComparer.Ordinal)
            .Select(name => new ConditionChange(name, saved.GetValueOrDefault(name), current.GetValueOrDefault(name)))
            .Where(change => change.Saved != change.Current),
    ];
}
