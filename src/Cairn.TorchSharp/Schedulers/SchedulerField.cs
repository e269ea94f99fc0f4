using System.Reflection;
using Cairn.Checkpoints;

namespace Cairn;

/// <summary>A field of a scheduler (or of one nested in it), with its name in the checkpoint.</summary>
internal sealed record SchedulerField(string Name, object Owner, FieldInfo Info, bool IsSetting)
{
    public PartValue Save() => PlainValue.Save(Info.GetValue(Owner));

    /// <summary>What keeps a saved value from being put back here, or null.</summary>
    public string? DifferenceFrom(PartValue saved)
    {
        var now = Save();
        var fits = IsSetting ? saved == now
            : PlainValue.CanLoad(Info.FieldType) ? PlainValue.Fits(saved, Info.FieldType)
            : (saved, now) is (PartValue.List then, PartValue.List list) ? list.Items.Length == then.Items.Length && then.Items.All(item => item is PartValue.Real)
            : saved == now;
        return fits ? null : $"{Name} is {PlainValue.InWords(now)}, in the checkpoint {PlainValue.InWords(saved)}";
    }

    public void Restore(PartValue saved)
    {
        if (IsSetting)
            return;
        if (Info.GetValue(Owner) is not IList<double> rates)
        {
            Info.SetValue(Owner, PlainValue.Load(saved, Info.FieldType));
            return;
        }

        // In place: SequentialLR shares its list with the first of its schedulers.
        var values = ((PartValue.List)saved).Items;
        for (var index = 0; index < rates.Count; index++)
            rates[index] = ((PartValue.Real)values[index]).Value;
    }
}
