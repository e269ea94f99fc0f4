namespace Cairn.Checkpoints;

/// <summary>What a part's state is at this step boundary: live tensors, small values, and what exactness depends on.</summary>
public sealed class PartState
{
    /// <summary>The tensors, each with a name of its own. Not copied here: the store copies them while the loop waits.</summary>
    public IReadOnlyList<PartTensor> Tensors { get; init; } = [];

    /// <summary>Small values by name: counters, learning rates, settings.</summary>
    public IReadOnlyDictionary<string, PartValue> Values { get; init; } = new Dictionary<string, PartValue>(StringComparer.Ordinal);

    /// <summary>
    /// What must be the same for the run to go on to the bit, by name (threads, library version, CPU capability, device).
    /// A condition that differs at a restore is warned of and journaled, and refused when the run is strict.
    /// </summary>
    public IReadOnlyDictionary<string, string> Conditions { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);
}
