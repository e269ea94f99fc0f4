using Cairn.Checkpoints;
using Cairn.Tests.Checkpoints;

namespace Cairn.Tests.Properties;

/// <summary>The checkpoints of a folder as they lie there.</summary>
internal sealed class Disk(string folder)
{
    // A state that was read once is not read again as long as nothing of its files is another one.
    private readonly Dictionary<string, Checkpoint> known = new(StringComparer.Ordinal);

    /// <summary>All that have a checkpoint's name, the newest first.</summary>
    public IReadOnlyList<Checkpoint> Look()
    {
        var store = Stores.At(folder);
        return [.. store.List().Select(entry => Look(store, entry))];
    }

    /// <summary>By step those that are there and good, the newest first.</summary>
    public IReadOnlyList<Checkpoint> Good() => [.. Look().Where(checkpoint => checkpoint.State is not null)];

    /// <summary>After a person has laid hands on it.</summary>
    public void Forget() => known.Clear();

    private Checkpoint Look(CheckpointStore store, CheckpointEntry entry)
    {
        var record = Path.Combine(entry.Path, "checkpoint.json");
        var text = File.Exists(record) ? entry.Path + File.ReadAllText(record) : string.Empty;
        if (known.TryGetValue(text, out var before))
            return before;
        var looked = new Checkpoint(entry.Step, text, AttemptOf(entry), null, null);
        if (entry.Verify().Count == 0)
        {
            var (own, state) = (entry.ReadRecord(), new TrainedState());
            var restored = store.Restore(state.Parts, entry.Step);
            if (restored?.Step != entry.Step)
                throw new BrokenPromise($"checkpoint {entry.Step} is found to be without fault, but cannot be restored");
            looked = new Checkpoint(entry.Step, text, own.Attempt, own.Metadata.GetValueOrDefault(Life.Metric)?.Real, state);
        }

        if (text.Length > 0)
            known[text] = looked;
        return looked;
    }

    private static int AttemptOf(CheckpointEntry entry)
    {
        try
        {
            return entry.ReadRecord().Attempt;
        }
        catch (CheckpointCorruptException)
        {
            return 0;
        }
    }

    /// <summary>A checkpoint.</summary>
    /// <param name="Step">The step that its name says.</param>
    /// <param name="Identity">Another one has another.</param>
    /// <param name="Attempt">Who wrote it, by its record.</param>
    /// <param name="Metric">The metric that it carries.</param>
    /// <param name="State">What it holds; null when it is damaged.</param>
    public sealed record Checkpoint(long Step, string Identity, int Attempt, double? Metric, TrainedState? State);
}
