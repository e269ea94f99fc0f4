using Cairn.Checkpoints;
using Cairn.Runs;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Cairn;

/// <summary>An optimizer: what it keeps for each parameter, and the options of its groups (learning rate, momentum, ...).</summary>
/// <remarks>
/// Names are those of PyTorch's <c>optimizer.state_dict()</c>: the tensor <c>state.3.exp_avg</c> belongs to the parameter with
/// index 3, counted over all groups; the value <c>param_groups.0.lr</c> to the first group. The options in the checkpoint win over
/// those in the program, for the training may have changed them.
/// Gradients that the next step goes on with (sums over several steps) are saved as <c>state.3.grad</c>. Those that are zero are
/// not: call <c>zero_grad()</c> right after the optimizer's step, and they cost nothing. Where a step begins with gradients that are new
/// tensors (<c>module.zero_grad()</c>, or null) the old ones are of no use, and are not saved as soon as one such step was seen.
/// <c>optimizer.zero_grad()</c> sets them to zero in place; at the beginning of a step nobody can tell it from a sum that goes on, so what the step
/// before left is saved, and the run says so. A gradient that the program replaces (<c>parameter.grad = ...</c>) looks like a new one.
/// With several ranks one sum is saved for all, which the run says, too.
/// </remarks>
public sealed class OptimizerPart : ICheckpointPart, IKnowsRanks
{
    private readonly OptimizerHelper optimizer;
    private readonly OptimizerLayout layout;
    private readonly GradientWatch watch = new();
    private bool toldOfSize;
    private bool isOfSeveralRanks;
    private bool toldOfRanks;
    private long gradientBytes;

    /// <summary>Makes a part of an optimizer.</summary>
    /// <exception cref="UntrackableStateException">
    /// LBFGS, an optimizer that Cairn does not know, or one whose parameters were replaced (by <c>module.to()</c>) after it was made.
    /// </exception>
    public OptimizerPart(optim.Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        layout = OptimizerLayout.Of(optimizer);
        this.optimizer = (OptimizerHelper)optimizer;
        Contents();
    }

    /// <inheritdoc/>
    public PartState Describe()
    {
        var contents = Contents();
        watch.Boundary(contents.Parameters.Select(entry => entry.Parameter));
        PartTensor[] gradients = [.. Gradients(contents)];
        if (watch.AreCarried == false && gradients.Length > 0)
        {
            watch.LeaveOut();
            gradients = [];
        }

        gradientBytes = gradients.Sum(gradient => gradient.Info.ByteCount);
        var values = contents.Values();
        values[OptimizerContents.CarriedName] = PartValue.From(watch.AreCarried);
        return new() { Tensors = [.. contents.Tensors(), .. gradients], Values = values, Conditions = TorchConditions.Current() };
    }

    /// <inheritdoc/>
    public void OnStepBegin(long step) => watch.StepBegins(step, () => optimizer.ParamGroups.Cast<ParamGroup>().SelectMany(group => group.Parameters));

    /// <summary>The options of the groups are: learning rate, momentum and the like.</summary>
    public bool IsSetting(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.StartsWith("param_groups.", StringComparison.Ordinal) && !name.EndsWith(".params", StringComparison.Ordinal)
            && !name.EndsWith(".initial_lr", StringComparison.Ordinal); // it is what lr was
    }

    /// <inheritdoc/>
    public IEnumerable<string> TakeRemarks()
    {
        if (watch.MissedSome)
        {
            watch.MissedSome = false;
            yield return "the newest checkpoint has no gradients, for until then every step began with new ones, but now the step after it went on with them: a run that resumes from it goes on with gradients of zero. From now on they are saved";
        }

        if (!toldOfSize && watch.AreCarried == true && gradientBytes > 0)
        {
            toldOfSize = true;
            yield return $"gradients go from one step into the next, so they are saved, too: {Bytes.Words(gradientBytes)}. Where they are not a sum over several steps, call module.zero_grad() or optimizer.zero_grad() right after the optimizer's step, which costs nothing and spares that";
        }

        if (!toldOfRanks && isOfSeveralRanks && watch.AreCarried == true && gradientBytes > 0)
        {
            toldOfRanks = true;
            yield return "gradients go from one step into the next, and a checkpoint holds one sum for all ranks: where each rank has its own by then, a run that is cut in the middle of a sum goes on with other gradients than it had. Average them over the ranks in each step, or let a step of the run be all batches of one optimizer step";
        }
    }

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        return OptimizerDifferences.Find(saved, Contents());
    }

    /// <inheritdoc/>
    public void Restore(PartReader saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        using var untracked = no_grad();
        var contents = Contents();
        var names = saved.Record.Tensors.Select(tensor => tensor.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var parameter in contents.Parameters)
        {
            foreach (var member in layout.Tensors)
                Prepare(parameter, member, names.Contains(parameter.NameOf(member)));
            RestoreGradient(parameter.Parameter, saved.Record.Values[parameter.HasGradientName].Flag == true);
        }

        watch.AreCarried = saved.Record.Values.GetValueOrDefault(OptimizerContents.CarriedName)?.Flag;

        foreach (var (name, member, owner) in contents.Scalars())
            member.Set(owner, PlainValue.TryLoad(saved.Record.Values[name], member.Type, out var value) ? value : null);

        saved.Read([.. contents.Tensors(), .. contents.Parameters.Where(parameter => names.Contains(parameter.GradientName)).Select(parameter => parameter.Gradient!)]);
    }

    /// <inheritdoc/>
    void IKnowsRanks.BeforeRestore(RankSeeds seeds) => isOfSeveralRanks = true;

    /// <inheritdoc/>
    IEnumerable<string> IKnowsRanks.AfterRestore(RankSeeds seeds, long step) => [];

    /// <summary>Makes room for a saved tensor, or takes away one that the saved run did not have.</summary>
    private static void Prepare(OptimizerParameter parameter, StateMember member, bool isSaved)
    {
        var tensor = parameter.TensorOf(member);
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

    // An optimizer passes over a parameter without a gradient, but not over one whose gradient is zero: momentum goes on.
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

    // Of zeros has_grad tells enough. By their bytes: the sign of a zero counts.
    private static IEnumerable<PartTensor> Gradients(OptimizerContents contents)
    {
        foreach (var parameter in contents.Parameters)
        {
            if (parameter.Gradient is { Info.ByteCount: > 0 } gradient && !IsZero(gradient))
                yield return gradient;
        }
    }

    private static bool IsZero(PartTensor tensor)
    {
        const int Piece = 1 << 20;
        using var memory = tensor.Pin();
        var copy = memory is null ? new byte[Math.Min(tensor.Info.ByteCount, Piece)] : [];
        for (var offset = 0L; offset < tensor.Info.ByteCount; offset += Piece)
        {
            var length = (int)Math.Min(Piece, tensor.Info.ByteCount - offset);
            var bytes = memory is null ? copy.AsSpan(0, length) : memory.At(offset, length);
            if (memory is null)
                tensor.CopyTo(offset, bytes);
            if (bytes.ContainsAnyExcept((byte)0))
                return false;
        }

        return true;
    }

    /// <summary>Whether it is this optimizer's state.</summary>
    internal bool IsOf(optim.Optimizer? other) => ReferenceEquals(optimizer, other);

    private OptimizerContents Contents() => OptimizerContents.Of(optimizer, layout);
}
