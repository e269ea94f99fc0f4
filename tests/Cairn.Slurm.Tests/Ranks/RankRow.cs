namespace Cairn.Slurm.Tests.Ranks;

/// <summary>Where a row's job runs (eng/slurm/start.sh).</summary>
internal enum Place
{
    /// <summary>The partition of the others.</summary>
    Main,

    /// <summary>Two nodes of its own, whose jobs another one may put back in the queue after a grace of 20 s.</summary>
    Preemptible,

    /// <summary>The two nodes that may fail without harm to the others.</summary>
    Fragile,
}

/// <summary>Ranks on two nodes that wait for each other in every step, what is done to them, and what must come of it.</summary>
/// <param name="Name">The row's name.</param>
/// <param name="Ranks">How many there are, half of them on each node.</param>
/// <param name="DoAsync">What is done to them, once all have begun.</param>
internal sealed record RankRow(string Name, int Ranks, Func<RankJob, Task> DoAsync)
{
    /// <summary>Options of srun.</summary>
    public string Srun { get; init; } = "--kill-on-bad-exit=1";

    /// <summary>Options of sbatch that say how many tasks there are and where; null for half of them on each of two nodes.</summary>
    public string[]? Tasks { get; init; }

    /// <summary>Options of the trainer besides those of all rows.</summary>
    public string Trainer { get; init; } = "";

    /// <summary>The limit.</summary>
    public int Minutes { get; init; } = 5;

    /// <summary>Where it runs.</summary>
    public Place Place { get; init; }

    /// <summary>A line of bash that stands before scontrol where a rank calls it.</summary>
    public string? BeforeScontrol { get; init; }

    /// <summary>What the first attempt's journal may say that it ended by; <c>none</c> where it need not come to a decision.</summary>
    public string[] Causes { get; init; } = ["Warning"];

    /// <summary>Whether they end in the middle of a step, which is not saved.</summary>
    public bool IsCrash => Causes.Contains("RankLost");

    /// <summary>What the log must say.</summary>
    public string[] Says { get; init; } = [];

    /// <summary>Played in the long form alone.</summary>
    public bool IsLong { get; init; }

    /// <summary>How often Slurm starts it again: 24 once more at the end of what was ever preempted within a grace, and then nothing may be run again.</summary>
    public int RestartsIn(string release) => release != "22" && Place == Place.Preemptible ? 2 : 1;

    public override string ToString() => Name;
}
