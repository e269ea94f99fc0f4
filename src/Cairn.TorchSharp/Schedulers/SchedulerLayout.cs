using System.Reflection;
using static TorchSharp.torch.optim.lr_scheduler;
using static TorchSharp.torch.optim.lr_scheduler.impl;

namespace Cairn;

/// <summary>Which fields of a scheduler change while it runs, and which are the settings that it was made with.</summary>
/// <remarks>
/// Schedulers have no state_dict, so their private fields are read, and only where every field is known by name: a field that
/// a later TorchSharp adds is refused instead of forgotten.
/// </remarks>
internal sealed class SchedulerLayout
{
    private const BindingFlags Everything = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>TorchSharp 0.107. State, settings, and what is left out: the optimizer (a part of its own), functions, and views of the optimizer's groups.</summary>
    private static readonly Dictionary<Type, (string[] State, string[] Settings, string[] LeftOut)> Known = new()
    {
        [typeof(LRScheduler)] = (["_last_epoch", "_step_count", "_last_lrs"], ["_base_lrs"], ["_optimizer", "_verbose"]),
        [typeof(LambdaLR)] = ([], [], ["_lr_lambdas"]),
        [typeof(MultiplicativeLR)] = ([], [], ["_lr_lambdas"]),
        [typeof(StepLR)] = ([], ["_step_size", "_gamma"], []),
        [typeof(MultiStepLR)] = ([], ["_milestones", "_gamma"], ["_sortedMilestones"]),
        [typeof(PolynomialLR)] = ([], ["_total_iters", "_power"], []),
        [typeof(ExponentialLR)] = ([], ["_gamma"], []),
        [typeof(ConstantLR)] = ([], ["_factor", "_total_iters"], []),
        [typeof(LinearLR)] = ([], ["_start_factor", "_end_factor", "_total_iters"], []),
        [typeof(SequentialLR)] = (["_schedulers"], ["_milestones"], []),
        [typeof(CosineAnnealingLR)] = ([], ["_T_max", "_eta_min"], []),
        [typeof(ReduceLROnPlateau)] =
            (["best", "cooldown_counter", "num_bad_epochs"], ["patience", "cooldown", "mode", "threshold", "threshold_mode", "mode_worst", "eps", "factor", "min_lrs"], []),
        [typeof(CyclicLR)] =
            ([], ["_total_size", "_step_ratio", "_scale_mode", "_cycle_momentum", "_max_lrs", "_base_momentum", "_max_momentum", "_mode", "_gamma"], ["_scale_func"]),
        [typeof(OneCycleLR)] = ([], ["_schedule_phases", "_phase_values", "_cycle_momentum", "_total_steps"], ["_annealing_func", "_betas", "_momentum"]),
        [typeof(ChainedLR)] = (["_schedulers"], [], []),
    };

    private SchedulerLayout(FieldInfo[] state, FieldInfo[] settings) => (State, Settings) = (state, settings);

    /// <summary>The fields that change from step to step, nested schedulers among them.</summary>
    public IReadOnlyList<FieldInfo> State { get; }

    /// <summary>The fields that the constructor sets once.</summary>
    public IReadOnlyList<FieldInfo> Settings { get; }

    /// <exception cref="UntrackableStateException">A scheduler, or a field of one, that is not known.</exception>
    public static SchedulerLayout Of(Type scheduler)
    {
        if (!Known.TryGetValue(scheduler, out var own))
            throw new UntrackableStateException($"the scheduler {scheduler.Name} is none that Cairn knows ({string.Join(", ", Known.Keys.Skip(1).Select(known => known.Name))}), so nobody can say what its state is; track it by a part of your own ({nameof(Checkpoints.ICheckpointPart)})");
        var common = Known[typeof(LRScheduler)];
        return new(
            [.. Fields(typeof(LRScheduler), common.State), .. Fields(scheduler, own.State)],
            [.. Fields(typeof(LRScheduler), common.Settings), .. Fields(scheduler, own.Settings)]);
    }

    private static IEnumerable<FieldInfo> Fields(Type type, string[] wanted)
    {
        var (state, settings, leftOut) = Known[type];
        Verify(type.Name, [.. type.GetFields(Everything).Select(field => field.Name)], [.. state, .. settings, .. leftOut]);
        return wanted.Select(name => type.GetField(name, Everything)!);
    }

    /// <exception cref="UntrackableStateException">The fields that there are are not those that are known.</exception>
    internal static void Verify(string type, IReadOnlyCollection<string> found, IReadOnlyCollection<string> known)
    {
        string[] unknown = [.. found.Except(known, StringComparer.Ordinal)];
        string[] missing = [.. known.Except(found, StringComparer.Ordinal)];
        if (unknown.Length + missing.Length > 0)
            throw new UntrackableStateException($"{type} of this version of TorchSharp keeps its state in other fields than Cairn knows (new: {Join(unknown)}; gone: {Join(missing)}), so a save of it would not be complete; use TorchSharp 0.107 or a newer Cairn");

        static string Join(string[] names) => names.Length == 0 ? "none" : string.Join(", ", names);
    }
}
