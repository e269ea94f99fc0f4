namespace Cairn;

/// <summary>Which checkpoints to keep: a pure decision over what is there. <see cref="Retention"/> makes the usual ones.</summary>
/// <remarks>Whatever a policy says, the two newest valid checkpoints stay, and nothing goes before a newer one is durable.</remarks>
public abstract class RetentionPolicy
{
    /// <summary>Names the checkpoints to keep.</summary>
    /// <param name="newestFirst">The valid checkpoints, the newest first.</param>
    /// <returns>The steps of those to keep; the others may be deleted.</returns>
    public abstract IEnumerable<long> StepsToKeep(IReadOnlyList<CheckpointSummary> newestFirst);

    /// <summary>
    /// The metrics by which the policy chooses. A step for which one of them is reported is saved whatever the schedule says,
    /// since only what is saved can be kept. Default: none.
    /// </summary>
    public virtual IReadOnlyCollection<string> Metrics => [];
}
