using System.Reflection;
using Cairn.Checkpoints;
using Cairn.Runs;
using TorchSharp;
using static TorchSharp.torch.optim.lr_scheduler;

namespace Cairn;

/// <summary>A learning-rate scheduler, nested ones included: its counters, and the settings that it must have been made with.</summary>
/// <remarks>
/// What a scheduler does to the optimizer (learning rate, momentum, beta1) is saved with the optimizer: track both, in any order.
/// Functions that were given to a scheduler (LambdaLR, MultiplicativeLR, CyclicLR) can't be saved: they must be the same in the
/// program that goes on, and keep no state of their own.
/// A setting that is not what the checkpoint says is a difference: a changed schedule is another run.
/// </remarks>
public sealed class SchedulerPart : ICheckpointPart, IDependentPart
{
    private const string KindName = "scheduler";

    private readonly LRScheduler scheduler;
    private readonly Dictionary<string, string> kinds = new(StringComparer.Ordinal);
    private readonly List<SchedulerField> fields = [];
    private readonly List<LRScheduler> all = [];

    /// <summary>Makes a part of a scheduler.</summary>
    /// <exception cref="UntrackableStateException">The scheduler, or a field of it, is none that Cairn knows.</exception>
    public SchedulerPart(LRScheduler scheduler)
    {
        ArgumentNullException.ThrowIfNull(scheduler);
        this.scheduler = scheduler;
        Collect("", scheduler);
    }

    /// <inheritdoc/>
    public PartState Describe()
    {
        var values = kinds.ToDictionary(entry => entry.Key, entry => PartValue.From(entry.Value), StringComparer.Ordinal);
        foreach (var field in fields)
            values.Add(field.Name, field.Save());
        return new() { Values = values };
    }

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        // With another scheduler every field differs: one sentence says more.
        string[] differences = [.. DifferencesInKind(saved)];
        return differences.Length > 0 ? differences : [.. DifferencesInFields(saved)];
    }

    /// <inheritdoc/>
    public void Restore(PartReader saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        foreach (var field in fields)
            field.Restore(saved.Record.Values[field.Name]);
    }

    string? IDependentPart.FindMissing(IReadOnlyCollection<ICheckpointPart> parts)
    {
        // A part of somebody's own may hold the optimizer.
        if (parts.Any(part => part is not OptimizerPart && part.GetType().Assembly.GetName().Name is not ("Cairn" or "Cairn.TorchSharp")))
            return null;
        var missing = all.FirstOrDefault(one => OptimizerOf(one) is { } optimizer && !parts.OfType<OptimizerPart>().Any(part => part.IsOf(optimizer)));
        return missing is null ? null : $"the optimizer of {missing.GetType().Name} is not tracked, but the learning rate is part of its state: call run.Track(\"optimizer\", optimizer), too";
    }

    // One that only holds other schedulers has none.
    private static torch.optim.Optimizer? OptimizerOf(LRScheduler scheduler) =>
        (torch.optim.Optimizer?)typeof(LRScheduler).GetField("_optimizer", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)?.GetValue(scheduler);

    private IEnumerable<string> DifferencesInKind(PartRecord saved)
    {
        foreach (var (name, kind) in kinds)
        {
            var then = saved.Values.TryGetValue(name, out var value) ? value.ToString() : "none";
            if (then != kind)
                yield return $"{name} is {kind}, in the checkpoint {then}";
        }
    }

    private IEnumerable<string> DifferencesInFields(PartRecord saved)
    {
        var left = saved.Values.Where(value => !kinds.ContainsKey(value.Key)).ToDictionary(StringComparer.Ordinal);
        foreach (var field in fields)
        {
            if (!left.Remove(field.Name, out var then))
                yield return $"{field.Name} is not in the checkpoint";
            else if (field.DifferenceFrom(then) is { } difference)
                yield return difference;
        }

        foreach (var name in left.Keys)
            yield return $"{name} is in the checkpoint, but not in the program";
    }

    private void Collect(string prefix, LRScheduler current)
    {
        all.Add(current);
        kinds.Add(prefix + KindName, current.GetType().Name);
        var layout = SchedulerLayout.Of(current.GetType());
        foreach (var field in layout.State)
        {
            var name = prefix + field.Name.TrimStart('_');
            if (typeof(IEnumerable<LRScheduler>).IsAssignableFrom(field.FieldType))
                CollectNested(name, field.GetValue(current));
            else
                fields.Add(new(name, current, field, IsSetting: false));
        }

        fields.AddRange(layout.Settings.Select(field => new SchedulerField(prefix + field.Name.TrimStart('_'), current, field, IsSetting: true)));
    }

    private void CollectNested(string name, object? nested)
    {
        if (nested is not IReadOnlyCollection<LRScheduler> schedulers)
            throw new UntrackableStateException($"{scheduler.GetType().Name} was given its schedulers as a sequence that may make new ones at each step; give it an array or a list");
        var index = 0;
        foreach (var inner in schedulers)
            Collect($"{name}.{index++}.", inner);
    }
}
