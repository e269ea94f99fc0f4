using Cairn.Checkpoints;

namespace Cairn;

/// <summary>Policies for what to keep, to be used alone or together with <see cref="Any"/>.</summary>
public static class Retention
{
    /// <summary>Keeps every checkpoint.</summary>
    public static RetentionPolicy KeepAll { get; } = new All();

    /// <summary>Keeps the newest ones.</summary>
    /// <param name="count">How many, at least 1. (Two are kept in any case.)</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    public static RetentionPolicy KeepLast(int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new Last(count);
    }

    /// <summary>Keeps those whose step is a multiple of a number: milestones to go back to.</summary>
    /// <param name="steps">The number, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="steps"/> is less than 1.</exception>
    public static RetentionPolicy KeepEvery(long steps)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        return new Every(steps);
    }

    /// <summary>
    /// Keeps those with the best values of a metric, which the run reports by <see cref="TrainingRun.Report"/> in a step: that
    /// step is saved then, whatever the schedule says. Of equal values the newer is better; a checkpoint without the metric, or
    /// with NaN, is never among the best.
    /// </summary>
    /// <param name="metric">The name under which the run notes it.</param>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="goal">Which values are better. Default: the lowest.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    public static RetentionPolicy KeepBest(string metric, int count, MetricGoal goal = MetricGoal.Minimize)
    {
        ArgumentException.ThrowIfNullOrEmpty(metric);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        return new BestOf(metric, count, goal);
    }

    /// <summary>Keeps what at least one of several policies keeps.</summary>
    /// <param name="policies">The policies, at least one.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static RetentionPolicy Any(params RetentionPolicy[] policies)
    {
        ArgumentNullException.ThrowIfNull(policies);
        return policies.Length > 0 ? new AnyOf([.. policies]) : throw new ArgumentException("no policy is given: nothing would be kept", nameof(policies));
    }

    private sealed class All : RetentionPolicy
    {
        public override IEnumerable<long> StepsToKeep(IReadOnlyList<CheckpointSummary> newestFirst) => newestFirst.Select(checkpoint => checkpoint.Step);
    }

    private sealed class Last(int count) : RetentionPolicy
    {
        public override IEnumerable<long> StepsToKeep(IReadOnlyList<CheckpointSummary> newestFirst) => newestFirst.Take(count).Select(checkpoint => checkpoint.Step);
    }

    private sealed class Every(long steps) : RetentionPolicy
    {
        public override IEnumerable<long> StepsToKeep(IReadOnlyList<CheckpointSummary> newestFirst) =>
            newestFirst.Select(checkpoint => checkpoint.Step).Where(step => step % steps == 0);
    }

    private sealed class BestOf(string metric, int count, MetricGoal goal) : RetentionPolicy
    {
        public override IReadOnlyCollection<string> Metrics => [metric];

        public override IEnumerable<long> StepsToKeep(IReadOnlyList<CheckpointSummary> newestFirst)
        {
            var measured = newestFirst.Select(checkpoint => (checkpoint.Step, Value: ValueOf(checkpoint))).Where(one => !double.IsNaN(one.Value));

            // Both sorts are stable, so of equal values the newer comes first.
            var ordered = goal == MetricGoal.Minimize ? measured.OrderBy(one => one.Value) : measured.OrderByDescending(one => one.Value);
            return ordered.Take(count).Select(one => one.Step);
        }

        private double ValueOf(CheckpointSummary checkpoint) => checkpoint.Metadata.GetValueOrDefault(metric)?.Number ?? double.NaN;
    }

    private sealed class AnyOf(RetentionPolicy[] policies) : RetentionPolicy
    {
        public override IReadOnlyCollection<string> Metrics => [.. policies.SelectMany(policy => policy.Metrics).Distinct(StringComparer.Ordinal)];

        public override IEnumerable<long> StepsToKeep(IReadOnlyList<CheckpointSummary> newestFirst) =>
            policies.SelectMany(policy => policy.StepsToKeep(newestFirst)).Distinct();
    }
}
