namespace Cairn.Checkpoints;

/// <summary>Which of the checkpoints in a folder belong to one line of training, and why others do not. A pure decision.</summary>
/// <remarks>
/// Where a later attempt went on from a step before a checkpoint, and has committed something since, that checkpoint is of another line:
/// to go on from it would mix two. What an attempt began with counts only together with what it left behind: one that ended
/// without a checkpoint, or whose checkpoints somebody has taken away, takes nothing from those before it.
/// </remarks>
internal sealed class Lineage
{
    private readonly List<(int Attempt, long ResumedFrom)> lines = [];
    private readonly Dictionary<int, List<long>> steps = [];

    /// <summary>Looks at what there is.</summary>
    /// <param name="there">The checkpoints on the disk.</param>
    /// <param name="resumedFrom">The step from which an attempt went on; null when nothing is known of that.</param>
    public static Lineage Of(IEnumerable<CheckpointId> there, Func<int, long?> resumedFrom)
    {
        var lineage = new Lineage();
        foreach (var (step, attempt) in there)
        {
            if (!lineage.steps.TryGetValue(attempt, out var steps))
                lineage.steps[attempt] = steps = [];
            steps.Add(step);
        }

        // Nobody is overtaken by the oldest of them.
        foreach (var attempt in lineage.steps.Keys.Order().Skip(1))
        {
            if (resumedFrom(attempt) is { } step)
                lineage.lines.Add((attempt, step));
        }

        return lineage;
    }

    /// <summary>Why a checkpoint is not used, with what to do to use it on purpose; null when it counts.</summary>
    public string? WhyNot(CheckpointId id)
    {
        var later = new List<int>();
        var from = 0L;
        foreach (var (attempt, resumedFrom) in lines)
        {
            if (attempt <= id.Attempt || resumedFrom >= id.Step)
                continue;
            if (later.Count == 0)
                from = resumedFrom;
            later.Add(attempt);
        }

        if (later.Count == 0)
            return null;
        var names = later.SelectMany(attempt => steps[attempt]).Order().Select(CheckpointNames.ForStep);
        return $"it is of attempt {id.Attempt}, but attempt {later[0]} went on from step {from} and has saved since, which is another line of training; " +
            $"to go on from this one on purpose move {string.Join(", ", names)} out of the folder";
    }
}
