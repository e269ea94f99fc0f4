namespace Cairn.Checkpoints;

/// <summary>Which checkpoints may go, by a policy and by the rule that no policy can change.</summary>
internal static class RetentionPlan
{
    /// <summary>So many of the newest valid checkpoints are kept whatever the policy says: one may turn out to be broken.</summary>
    public const int AlwaysKept = 2;

    /// <summary>The steps that may be deleted, the oldest first.</summary>
    /// <param name="policy">What to keep.</param>
    /// <param name="valid">The valid checkpoints, in any order.</param>
    public static IReadOnlyList<long> StepsToDelete(RetentionPolicy policy, IEnumerable<CheckpointSummary> valid)
    {
        var newestFirst = valid.OrderByDescending(checkpoint => checkpoint.Step).ToList();
        var kept = policy.StepsToKeep(newestFirst)
            .Concat(newestFirst.Take(AlwaysKept).Select(checkpoint => checkpoint.Step))
            .ToHashSet();
        return [.. newestFirst.Select(checkpoint => checkpoint.Step).Where(step => !kept.Contains(step)).Reverse()];
    }
}
