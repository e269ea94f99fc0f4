using Cairn.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cairn.TorchSharp;

/// <summary>An optimizer: what it keeps for each parameter, and the options of its groups (learning rate, momentum, ...).</summary>
/// <remarks>
/// Names are those of PyTorch's <c>optimizer.state_dict()</c>: the tensor <c>state.3.exp_avg</c> belongs to the parameter with
/// index 3, counted over all groups; the value <c>param_groups.0.lr</c> to the first group. The options in the checkpoint win over
/// those in the program, for the training may have changed them.
/// Of the gradients only this is kept: which parameters have one. The step after a restore begins with gradients of zero there,
/// as it does after <c>zero_grad()</c>. To sum gradients over small batches, cut a step's batch into these within the step: a sum
/// that reaches over several steps would lose what it has when the job is cut.
/// </remarks>
public sealed class OptimizerPart : ICheckpointPart
{
    private const string KindName = "optimizer";
    private const string GradientName = "has_grad";

    private readonly OptimizerHelper optimizer;
    private readonly OptimizerLayout layout;

    /// <summary>Makes a part of an optimizer.</summary>
    /// <exception cref="UntrackableStateException">
    /// LBFGS, an optimizer that Cairn does not know, or one whose parameters were replaced (by <c>module.to()</c>) after it was made.
    /// </exception>
    public OptimizerPart(optim.Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        layout = OptimizerLayout.Of(optimizer);
        this.optimizer = (OptimizerHelper)optimizer;
        Parameters();
    }

    /// <inheritdoc/>
    public PartState Describe()
    {
        var parameters = Parameters();
        return new()
        {
            Tensors = [.. parameters.SelectMany(Tensors)],
            Values = Values(parameters),
            Conditions = TorchConditions.Current(),
        };
    }

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        var parameters = Parameters();
        // Below another optimizer or other parameters every name differs: one sentence says more than a thousand.
        string[] differences = [.. DifferencesInKind(saved, parameters)];
        return differences.Length > 0 ? differences : [.. DifferencesInValues(saved, parameters), .. DifferencesInTensors(saved, parameters)];
    }

    /// <inheritdoc/>
    public void Restore(PartReader saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        using var untracked = no_grad();
        var parameters = Parameters();
        var names = saved.Record.Tensors.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var parameter in parameters)
        {
            foreach (var member in layout.Tensors)
                Prepare(parameter, member, names.Contains(parameter.Prefix + member.Name));
            foreach (var member in layout.Scalars)
                member.Set(parameter.State, PlainValue.Load(saved.Record.Values[parameter.Prefix + member.Name], member.Type));
            RestoreGradient(parameter.Parameter, saved.Record.Values[parameter.Prefix + GradientName] is PartValue.Flag { Value: true });
        }

        foreach (var (prefix, group) in Groups())
        {
            foreach (var option in layout.Options)
                option.Set(group.Options, PlainValue.Load(saved.Record.Values[prefix + option.Name], option.Type));
        }

        saved.Read([.. parameters.SelectMany(Tensors)]);
    }

    private IEnumerable<string> DifferencesInKind(PartRecord saved, OptimizerParameter[] parameters)
    {
        if (!saved.Values.TryGetValue(KindName, out var kind) || kind is not PartValue.Text { Value: var savedKind })
        {
            yield return $"it is an optimizer ({layout.Kind}), in the checkpoint it is none";
            yield break;
        }

        if (savedKind != layout.Kind)
        {
            yield return $"the optimizer is {layout.Kind}, in the checkpoint {savedKind}";
            yield break;
        }

        var groups = Groups().Count();
        var savedGroups = 0;
        while (saved.Values.ContainsKey(ParametersOf(savedGroups)))
            savedGroups++;
        if (groups != savedGroups)
        {
            yield return $"the optimizer has {groups} groups of parameters, in the checkpoint {savedGroups}";
            yield break;
        }

        for (var group = 0; group < groups; group++)
        {
            var (now, then) = (Forms(parameters, group), (saved.Values[ParametersOf(group)] as PartValue.List)?.Items ?? []);
            if (now.Items.Length != then.Length)
                yield return $"group {group} has {now.Items.Length} parameters, in the checkpoint {then.Length}";
            for (var index = 0; index < Math.Min(now.Items.Length, then.Length); index++)
            {
                if (now.Items[index] != then[index])
                    yield return $"parameter {index} of group {group} is {PlainValue.InWords(now.Items[index])}, in the checkpoint {PlainValue.InWords(then[index])}";
            }
        }
    }

    private IEnumerable<string> DifferencesInValues(PartRecord saved, OptimizerParameter[] parameters)
    {
        var expected = Values(parameters).Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var name in expected.Where(name => !saved.Values.ContainsKey(name)))
            yield return $"{name} is not in the checkpoint";
        foreach (var name in saved.Values.Keys.Where(name => !expected.Contains(name)))
            yield return $"{name} is in the checkpoint, but not in the program";

        var typed = parameters.SelectMany(parameter => layout.Scalars.Select(member => (Name: parameter.Prefix + member.Name, member.Type)))
            .Concat(Groups().SelectMany(group => layout.Options.Select(option => (Name: group.Prefix + option.Name, option.Type))));
        foreach (var (name, type) in typed)
        {
            if (saved.Values.TryGetValue(name, out var value) && !PlainValue.Fits(value, type))
                yield return $"{name} is {PlainValue.InWords(value)} in the checkpoint, which is no value for it";
        }
    }

    private IEnumerable<string> DifferencesInTensors(PartRecord saved, OptimizerParameter[] parameters)
    {
        var left = saved.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        foreach (var parameter in parameters)
        {
            foreach (var member in layout.Tensors)
            {
                // A tensor that is not there in one of the two is no difference: it is made when the optimizer first needs it.
                var name = parameter.Prefix + member.Name;
                if (!left.Remove(name, out var then))
                    continue;
                var form = member.Get(parameter.State) is Tensor now ? LiveTensor.Describe(name, now).Form : parameter.Form;
                if (form != then.Form)
                    yield return $"{name} is {form}, in the checkpoint {then.Form}";
            }
        }

        foreach (var tensor in left.Values)
            yield return $"{tensor.Name} ({tensor.Form}) is in the checkpoint, but not in the program";
    }

    /// <summary>Makes room for a saved tensor, or takes away one that the saved run did not have.</summary>
    private static void Prepare(OptimizerParameter parameter, StateMember member, bool isSaved)
    {
        var tensor = (Tensor?)member.Get(parameter.State);
        if (isSaved && tensor is null)
        {
            // It belongs to the optimizer: a dispose scope of the caller's must not end its life.
            member.Set(parameter.State, zeros_like(parameter.Parameter).DetachFromDisposeScope());
        }
        else if (!isSaved && tensor is not null)
        {
            member.Set(parameter.State, null);
            tensor.Dispose();
        }
    }

    private static void RestoreGradient(Parameter parameter, bool has)
    {
        using var gradient = parameter.grad;
        if (has)
        {
            using var zeros = gradient is null ? zeros_like(parameter) : gradient.zero_();
            parameter.grad = zeros;
        }
        else if (gradient is not null)
        {
            parameter.grad = null;
        }
    }

    private IEnumerable<PartTensor> Tensors(OptimizerParameter parameter)
    {
        foreach (var member in layout.Tensors)
        {
            if (member.Get(parameter.State) is Tensor tensor)
                yield return new LiveTensor(parameter.Prefix + member.Name, tensor);
        }
    }

    private Dictionary<string, PartValue> Values(OptimizerParameter[] parameters)
    {
        var values = new Dictionary<string, PartValue>(StringComparer.Ordinal) { [KindName] = PartValue.From(layout.Kind) };
        var group = 0;
        foreach (var (prefix, options) in Groups())
        {
            foreach (var option in layout.Options)
                values[prefix + option.Name] = PlainValue.Save(option.Get(options.Options));
            values[ParametersOf(group)] = Forms(parameters, group);
            group++;
        }

        foreach (var parameter in parameters)
        {
            foreach (var member in layout.Scalars)
                values[parameter.Prefix + member.Name] = PlainValue.Save(member.Get(parameter.State));
            values[parameter.Prefix + GradientName] = PartValue.From(parameter.HasGradient);
        }

        return values;
    }

    private static string ParametersOf(int group) => $"param_groups.{group}.params";

    private static PartValue.List Forms(OptimizerParameter[] parameters, int group) =>
        new([.. parameters.Where(parameter => parameter.Group == group).Select(parameter => PartValue.From(parameter.Form))]);

    private IEnumerable<(string Prefix, ParamGroup Group)> Groups() =>
        optimizer.ParamGroups.Cast<ParamGroup>().Select((group, index) => ($"param_groups.{index}.", group));

    /// <exception cref="UntrackableStateException">The optimizer's state belongs to parameters that the module no longer has.</exception>
    private OptimizerParameter[] Parameters()
    {
        (int Group, Parameter Parameter)[] parameters = [.. Groups().SelectMany((group, index) => group.Group.Parameters.Select(parameter => (index, parameter)))];
        try
        {
            // Moving a module disposes the parameters that it replaces; where the optimizer asks the module each time, it has the
            // new ones and finds no state for them, because state is looked up by the native handle.
            if (!parameters.Any(entry => entry.Parameter.IsInvalid))
                return [.. parameters.Zip(optimizer.state_dict().State, (entry, state) => (entry, state)).Select((pair, index) => new OptimizerParameter(index, pair.entry.Group, pair.entry.Parameter, pair.state))];
        }
        catch (KeyNotFoundException)
        {
            // The same case, with the same explanation.
        }

        throw new UntrackableStateException($"the parameters of {layout.Kind} were replaced after it was made (module.to() to another device or type does that), so its state belongs to none of them and its next step would fail; make the optimizer after the module is where it trains");
    }
}
