using System.Collections;
using System.Reflection;
using Cairn.Checkpoints;

namespace Cairn;

/// <summary>A field of a scheduler (or of one nested in it), with its name in the checkpoint.</summary>
internal sealed record SchedulerField(string Name, object Owner, FieldInfo Info, bool IsSetting)
{
    public PartValue Save() => Save(Info.GetValue(Owner));

    /// <summary>What keeps a saved value from being put back here, or null.</summary>
    public string? DifferenceFrom(PartValue saved)
    {
        var now = Save();
        var fits = IsSetting ? saved == now
            : PlainValue.IsKnown(Info.FieldType) ? PlainValue.TryLoad(saved, Info.FieldType, out _)
            : (saved.Items, now.Items) is ({ } then, { } items) ? items.Count == then.Count && then.All(item => item.Real is not null)
            : saved == now;
        return fits ? null : $"{Name} is {now}, in the checkpoint {saved}";
    }

    public void Restore(PartValue saved)
    {
        if (IsSetting)
            return;
        if (Info.GetValue(Owner) is not IList<double> rates)
        {
            Info.SetValue(Owner, PlainValue.TryLoad(saved, Info.FieldType, out var value) ? value : null);
            return;
        }

        // In place: SequentialLR shares its list with the first of its schedulers.
        for (var index = 0; index < rates.Count; index++)
            rates[index] = saved.Items![index].Real!.Value;
    }

    // Settings are sequences and dictionaries of plain values, too, and small objects, which are the list of their fields.
    private static PartValue Save(object? value) => value switch
    {
        null => PartValue.None,
        _ when PlainValue.IsKnown(value.GetType()) => PlainValue.Save(value),
        IDictionary map => PartValue.From(map.Keys.Cast<string>().Order(StringComparer.Ordinal).Select(key => PartValue.From([Save(key), Save(map[key])]))),
        IEnumerable items => PartValue.From(items.Cast<object?>().Select(Save)),
        _ => PartValue.From(value.GetType().GetFields().OrderBy(field => field.Name, StringComparer.Ordinal).Select(field => Save(field.GetValue(value)))),
    };
}
