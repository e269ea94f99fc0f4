using Cairn.Checkpoints;

namespace Cairn;

/// <summary>Compares a saved optimizer with the one that the program has.</summary>
internal static class OptimizerDifferences
{
    /// <summary>One sentence a difference. Under another optimizer or other parameters every name differs: there one sentence says more than a thousand.</summary>
    public static IEnumerable<string> Find(PartRecord saved, OptimizerContents now)
    {
        if (InKind(saved, now) is { } difference)
            return [difference];
        string[] differences = [.. InParameters(saved, now)];
        return differences.Length > 0 ? differences : [.. InValues(saved, now), .. InTensors(saved, now)];
    }

    private static string? InKind(PartRecord saved, OptimizerContents now)
    {
        if (!saved.Values.TryGetValue(OptimizerContents.KindName, out var kind))
            return $"it is an optimizer ({now.Layout.Kind}), in the checkpoint it is none";
        if (kind.Text != now.Layout.Kind)
            return $"the optimizer is {now.Layout.Kind}, in the checkpoint {kind}";
        var groups = 0;
        while (saved.Values.ContainsKey(OptimizerContents.ParametersName(groups)))
            groups++;
        return groups == now.Groups.Count ? null : $"the optimizer has {now.Groups.Count} groups of parameters, in the checkpoint {groups}";
    }

    private static IEnumerable<string> InParameters(PartRecord saved, OptimizerContents now)
    {
        for (var group = 0; group < now.Groups.Count; group++)
        {
            var forms = now.Forms(group).Items!;
            var then = saved.Values[OptimizerContents.ParametersName(group)].Items ?? [];
            if (forms.Count != then.Count)
                yield return $"group {group} has {forms.Count} parameters, in the checkpoint {then.Count}";
            for (var index = 0; index < Math.Min(forms.Count, then.Count); index++)
            {
                if (forms[index] != then[index])
                    yield return $"parameter {index} of group {group} is {forms[index]}, in the checkpoint {then[index]}";
            }
        }
    }

    private static IEnumerable<string> InValues(PartRecord saved, OptimizerContents now)
    {
        var expected = now.Values().Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var name in expected.Where(name => !saved.Values.ContainsKey(name)))
            yield return $"{name} is not in the checkpoint";
        foreach (var name in saved.Values.Keys.Where(name => !expected.Contains(name) && name != OptimizerContents.CarriedName))
            yield return $"{name} is in the checkpoint, but not in the program";
        foreach (var (name, member, _) in now.Scalars())
        {
            if (saved.Values.TryGetValue(name, out var value) && !PlainValue.TryLoad(value, member.Type, out _))
                yield return $"{name} is {value} in the checkpoint, which is no value for it";
        }
    }

    private static IEnumerable<string> InTensors(PartRecord saved, OptimizerContents now)
    {
        var left = saved.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (var parameter in now.Parameters)
        {
            foreach (var member in now.Layout.Tensors)
            {
                // A tensor that only one of the two has is no difference: it is made when the optimizer first needs it.
                var name = parameter.NameOf(member);
                if (!left.Remove(name, out var then))
                    continue;
                var form = parameter.TensorOf(member) is { } tensor ? LiveTensor.Describe(name, tensor).Form : parameter.Form;
                if (form != then.Form)
                    yield return $"{name} is {form}, in the checkpoint {then.Form}";
            }

            if (left.Remove(parameter.GradientName, out var gradient) && parameter.Form != gradient.Form)
                yield return $"{parameter.GradientName} is {parameter.Form}, in the checkpoint {gradient.Form}";
        }

        foreach (var tensor in left.Values)
            yield return $"{tensor.Name} ({tensor.Form}) is in the checkpoint, but not in the program";
    }
}
