namespace Cairn.Cli.Stories;

/// <summary>What a run had of one set of nodes.</summary>
/// <param name="Nodes">As Slurm names them, or the host of the first process; empty where nobody says.</param>
internal sealed record NodeUse(string Nodes)
{
    public int Attempts { get; private set; }

    /// <summary>How many of these had no chance to save.</summary>
    public int CutOff { get; private set; }

    public TimeSpent Spent { get; private set; } = TimeSpent.None;

    /// <summary>GPU-seconds; null where one of the attempts does not say how many GPUs it had.</summary>
    public double? GpuSeconds { get; private set; } = 0;

    /// <summary>All that a run was on, in the order of their first attempts.</summary>
    public static IReadOnlyList<NodeUse> Of(RunStory story)
    {
        List<NodeUse> uses = [];
        foreach (var attempt in story.Attempts)
        {
            var nodes = attempt.Allocation?.Nodes ?? attempt.Host ?? "";
            var use = uses.Find(one => one.Nodes == nodes);
            if (use is null)
                uses.Add(use = new(nodes));
            use.Attempts++;
            use.CutOff += attempt.IsCutOff ? 1 : 0;
            use.Spent = use.Spent.Plus(attempt.Spent);
            use.GpuSeconds += attempt.Spent.Held * attempt.Allocation?.Gpus;
        }

        return uses;
    }
}
