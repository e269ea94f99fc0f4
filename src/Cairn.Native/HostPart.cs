using Cairn.Checkpoints;

namespace Cairn.Native;

/// <summary>A part that the host describes, compares and restores by functions of its own.</summary>
internal unsafe class HostPart(string name, NativePart part) : ICheckpointPart, IPutsBackSome
{
    private HashSet<string> settings = [];

    /// <inheritdoc/>
    public bool PutsBackSome => true;

    /// <inheritdoc/>
    public PartState Describe()
    {
        NativeState state = default;
        if (part.Describe(part.Host, &state) != 0)
            throw new UntrackableStateException($"part '{name}': {Errors.TakeHostsWords("its describe() failed")}");
        var (values, chosen) = Values(state.Values, state.ValueCount);
        settings = chosen;
        return new()
        {
            Tensors = HostTensor.Read(state.Tensors, state.TensorCount),
            Values = values,
            Conditions = Conditions(state.Conditions, state.ConditionCount),
        };
    }

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved)
    {
        using var table = new SavedTable(saved, null);
        Ask(part.Differences, table, "differences");
        return table.Differences;
    }

    /// <inheritdoc/>
    public virtual void Restore(PartReader saved) => Restore(saved, 0, 0);

    /// <summary>The same, of a rank's own state.</summary>
    protected void Restore(PartReader saved, int rank, int ranks)
    {
        using var table = new SavedTable(saved.Record, saved, rank, ranks);
        try
        {
            Ask(part.Restore, table, "restore");
        }
        catch (HostException) when (table.ReadError is { } error)
        {
            // What the reading itself found is the engine's own affair: it goes on with an older checkpoint, say.
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(error);
        }
    }

    /// <inheritdoc/>
    public bool IsSetting(string name) => settings.Contains(name);

    private void Ask(delegate* unmanaged<void*, NativeSaved*, int> function, SavedTable table, string what)
    {
        var saved = table.Native;
        if (function(part.Host, &saved) != 0)
            throw new HostException($"part '{name}': {Errors.TakeHostsWords($"its {what}() failed")}");
    }

    private static (Dictionary<string, PartValue> Values, HashSet<string> Settings) Values(NativeValue* table, nuint count)
    {
        var values = new Dictionary<string, PartValue>(StringComparer.Ordinal);
        var chosen = new HashSet<string>(StringComparer.Ordinal);
        for (nuint i = 0; i < count; i++)
        {
            var name = Texts.Of(table[i].Name, $"the name of value {i}");
            var value = table[i].Kind switch
            {
                NativeKind.None => PartValue.None,
                NativeKind.Flag => PartValue.From((bool?)(table[i].Integer != 0)),
                NativeKind.Integer => PartValue.From((long?)table[i].Integer),
                NativeKind.Real => PartValue.From((double?)table[i].Real),
                NativeKind.Text => PartValue.From(Texts.Of(table[i].Text, $"the text of value '{name}'")),
                var kind => throw new ArgumentException($"value '{name}': there is no kind {(int)kind}"),
            };
            if (!values.TryAdd(name, value))
                throw new ArgumentException($"two values have the name '{name}'");
            if (table[i].Flags.HasFlag(NativeFlags.Setting))
                chosen.Add(name);
        }

        return (values, chosen);
    }

    private static Dictionary<string, string> Conditions(NativeValue* table, nuint count)
    {
        var conditions = new Dictionary<string, string>(StringComparer.Ordinal);
        for (nuint i = 0; i < count; i++)
        {
            var name = Texts.Of(table[i].Name, $"the name of condition {i}");
            conditions[name] = Texts.Of(table[i].Text, $"the text of condition '{name}'");
        }

        return conditions;
    }
}

/// <summary>The same, of which each rank may have another state.</summary>
internal sealed class HostPartByRank(string name, NativePart part) : HostPart(name, part), IMayDifferByRank;

/// <summary>The same, of which each rank has its own; one that comes new is given rank 0's, and told so.</summary>
internal sealed class HostPartOfEach(string name, NativePart part, int rank) : HostPart(name, part), IRankPart
{
    /// <inheritdoc/>
    public override void Restore(PartReader saved) => Restore(saved, rank, 0);

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(IReadOnlyList<PartRecord> saved, int rank, int size) => FindDifferences(saved[Of(rank, saved.Count)]);

    /// <inheritdoc/>
    public void Adopt(IReadOnlyList<PartReader> saved, int rank, int size) => Restore(saved[Of(rank, saved.Count)], Of(rank, saved.Count), saved.Count);

    private static int Of(int rank, int count) => rank < count ? rank : 0;
}
