using Cairn.Checkpoints;
using Cairn.Checkpoints.Shares;

namespace Cairn.Runs;

/// <summary>
/// A part as the run sees it: it knows what the part was in the fresh program. So what a later start could not take back is found at
/// the save, and settings that a later start changes are found at the restore.
/// </summary>
internal sealed class TrackedPart(string name, ICheckpointPart part, bool isPerRank = false) : ICheckpointPart, IPutsBackSome
{
    private readonly Dictionary<string, PartValue> settings = new(StringComparer.Ordinal);
    private readonly List<string> changes = [];
    private PartRecord? fresh;
    private int checkedForm;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>The part itself.</summary>
    public ICheckpointPart Part => part;

    /// <summary>Whether each rank has a state of its own.</summary>
    public bool IsPerRank => isPerRank;

    /// <inheritdoc/>
    public bool PutsBackSome => part is IPutsBackSome { PutsBackSome: true };

    /// <summary>The settings that the program has changed since the checkpoint, a sentence each; known after the restore.</summary>
    public IReadOnlyList<string> Changes => changes;

    /// <summary>The program has made everything, and nothing is restored yet.</summary>
    public void Begin()
    {
        var state = part.Describe();
        if (isPerRank)
            CheckLength(state);
        fresh = new PartRecord(name, [.. state.Tensors.Select(tensor => tensor.Info)], state.Values);
        foreach (var (setting, value) in state.Values)
        {
            if (part.IsSetting(setting))
                settings[setting] = value;
        }
    }

    /// <summary>As the store sees it.</summary>
    /// <param name="rank">This process's rank.</param>
    /// <param name="size">The number of ranks.</param>
    public ICheckpointPart ForStore(int rank, int size)
    {
        if (!isPerRank)
            return this;
        return part is IRankPart adopts
            ? new PerRankPart(
                this,
                rank,
                size,
                saved => adopts.Adopt([.. saved.Select(WithoutSettings)], rank, size),
                saved => adopts.FindDifferences([.. saved.Select(one => one.WithoutSettings())], rank, size))
            : new PerRankPart(this, rank, size);
    }

    /// <inheritdoc/>
    /// <exception cref="UntrackableStateException">A fresh start of the program could not take this state back.</exception>
    public PartState Describe()
    {
        var state = part.Describe();
        CheckForm(state);
        if (settings.Count == 0)
            return state;
        var values = state.Values.ToDictionary(StringComparer.Ordinal);
        foreach (var (setting, value) in settings)
            values[PartRecord.SettingPrefix + setting] = value;
        return new() { Tensors = state.Tensors, Values = values, Conditions = state.Conditions };
    }

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved) => part.FindDifferences(saved.WithoutSettings());

    /// <inheritdoc/>
    public void Restore(PartReader saved)
    {
        part.Restore(WithoutSettings(saved));
        changes.Clear();
        var before = saved.Record.Values.Where(value => value.Key.StartsWith(PartRecord.SettingPrefix, StringComparison.Ordinal))
            .ToDictionary(value => value.Key[PartRecord.SettingPrefix.Length..], value => value.Value, StringComparer.Ordinal);
        if (before.Count == 0)
            return;
        var restored = part.Describe().Values;
        foreach (var setting in settings.Keys.Union(before.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray())
        {
            var (now, then) = (settings.GetValueOrDefault(setting), before.GetValueOrDefault(setting));
            if (then == now)
                continue;
            var counts = restored.TryGetValue(setting, out var value) ? $"the checkpoint's {value}" : "the checkpoint's, which has none";
            changes.Add($"part '{name}': the program begins {(now is null ? $"without {setting}" : $"with {setting} = {now}")}, the run began {(then is null ? "without" : $"with {then}")}; what counts from now on is {counts}. To train with another value, set it behind run.Restore(), before the first step");

            // So that every later start says so, too.
            settings.Remove(setting);
            if (then is not null)
                settings[setting] = then;
        }
    }

    /// <inheritdoc/>
    public IEnumerable<string> TakeRemarks() => part.TakeRemarks();

    // At the first save it would be too late.
    private void CheckLength(PartState state)
    {
        try
        {
            RankState.ToBytes(name, state);
        }
        catch (ArgumentException error)
        {
            throw new UntrackableStateException(error.Message);
        }
    }

    private static PartReader WithoutSettings(PartReader saved) => new(saved.Record.WithoutSettings(), saved.Read);

    // All of it is compared only when there are other tensors or values than last time.
    private void CheckForm(PartState state)
    {
        if (fresh is null)
            return;
        var form = new HashCode();
        form.Add(state.Values.Count);
        foreach (var tensor in state.Tensors)
        {
            form.Add(tensor.Info.Name, StringComparer.Ordinal);
            form.Add(tensor.Info.DType);
            foreach (var size in tensor.Info.Shape)
                form.Add(size);
        }

        var hash = form.ToHashCode();
        if (hash == checkedForm)
            return;
        string[] differences = [.. part.FindDifferences(fresh)];
        if (differences.Length > 0)
            throw new UntrackableStateException($"part '{name}' has changed its form since the run began, so a fresh start of the program could not take its state back: {string.Join("; ", differences.Take(5))}{(differences.Length > 5 ? $"; and {differences.Length - 5} more" : string.Empty)} (the checkpoint is here what the part was at the start). Make every tensor, layer and group of parameters before the first step");
        checkedForm = hash;
    }
}
