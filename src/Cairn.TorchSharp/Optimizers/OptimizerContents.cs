using Cairn.Checkpoints;
using TorchSharp.Modules;

namespace Cairn;

/// <summary>What an optimizer holds at this moment, with the names that it has in a checkpoint.</summary>
internal sealed class OptimizerContents
{
    public const string KindName = "optimizer";

    /// <summary>The value that says whether gradients go from step to step; nothing as long as that is not known.</summary>
    public const string CarriedName = "gradients_carried";

    private OptimizerContents(OptimizerLayout layout, ParamGroup[] groups, OptimizerParameter[] parameters) =>
        (Layout, Groups, Parameters) = (layout, groups, parameters);

    public OptimizerLayout Layout { get; }

    public IReadOnlyList<ParamGroup> Groups { get; }

    /// <summary>The parameters of all groups.</summary>
    public IReadOnlyList<OptimizerParameter> Parameters { get; }

    /// <exception cref="UntrackableStateException">The optimizer's state belongs to parameters that the module no longer has.</exception>
    public static OptimizerContents Of(OptimizerHelper optimizer, OptimizerLayout layout)
    {
        ParamGroup[] groups = [.. optimizer.ParamGroups.Cast<ParamGroup>()];
        (int Group, Parameter Parameter)[] parameters = [.. groups.SelectMany((group, index) => group.Parameters.Select(parameter => (index, parameter)))];
        try
        {
            // Moving a module disposes the parameters that it replaces; where the optimizer asks the module each time, it has the
            // new ones and finds no state for them, because state is looked up by the native handle.
            if (!parameters.Any(entry => entry.Parameter.IsInvalid))
            {
                var states = optimizer.state_dict().State;
                return new(layout, groups, [.. parameters.Select((entry, index) => new OptimizerParameter(index, entry.Group, entry.Parameter, states[index]))]);
            }
        }
        catch (KeyNotFoundException)
        {
            // The same case, with the same explanation.
        }

        throw new UntrackableStateException($"the parameters of {layout.Kind} were replaced after it was made (module.to() to another device or type does that), so its state belongs to none of them and its next step would fail; make the optimizer after the module is where it trains");
    }

    /// <summary>The tensors that are there: an optimizer makes some only when it first needs them.</summary>
    public IEnumerable<PartTensor> Tensors()
    {
        foreach (var parameter in Parameters)
        {
            foreach (var member in Layout.Tensors)
            {
                if (parameter.TensorOf(member) is { } tensor)
                    yield return new LiveTensor(parameter.NameOf(member), tensor) { ChangesOnlyInOptimizerStep = true };
            }
        }
    }

    /// <summary>Options, counters and factors: each with its name, and the object that it is a member of.</summary>
    public IEnumerable<(string Name, StateMember Member, object Owner)> Scalars()
    {
        for (var group = 0; group < Groups.Count; group++)
        {
            foreach (var option in Layout.Options)
                yield return ($"param_groups.{group}.{option.Name}", option, Groups[group].Options);
        }

        foreach (var parameter in Parameters)
        {
            foreach (var member in Layout.Scalars)
                yield return (parameter.NameOf(member), member, parameter.State);
        }
    }

    public Dictionary<string, PartValue> Values()
    {
        var values = new Dictionary<string, PartValue>(StringComparer.Ordinal) { [KindName] = PartValue.From(Layout.Kind) };
        for (var group = 0; group < Groups.Count; group++)
            values[ParametersName(group)] = Forms(group);
        foreach (var (name, member, owner) in Scalars())
            values[name] = PlainValue.Save(member.Get(owner));
        foreach (var parameter in Parameters)
            values[parameter.HasGradientName] = PartValue.From(parameter.HasGradient);
        return values;
    }

    /// <summary>The value that lists the types and shapes of a group's parameters.</summary>
    public static string ParametersName(int group) => $"param_groups.{group}.params";

    public PartValue Forms(int group) =>
        PartValue.From(Parameters.Where(parameter => parameter.Group == group).Select(parameter => PartValue.From(parameter.Form)));
}
