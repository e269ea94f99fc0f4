namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>A way to stop a job, and what must come of it, on a real Slurm as on the local scheduler.</summary>
/// <param name="Name">The cause, in a few words; together with the form it names the scenario.</param>
/// <param name="Form">How the program is launched.</param>
internal sealed record Scenario(string Name, LaunchForm Form)
{
    /// <summary>Waits inside step 15, between the checkpoint of step 10 and that of step 20.</summary>
    public const string Holds = "--hold 15";

    /// <summary>The same, and looks at nothing: it is ended by force.</summary>
    public const string HoldsDeaf = "--hold 15 --deaf";

    /// <summary>The same, and is not ended by force: it is killed.</summary>
    public const string HoldsToTheDeath = "--hold 15 --deaf --no-force";

    /// <summary>What a holding program says.</summary>
    public const string Holding = "holding at step 15";

    /// <summary>Arguments of the program.</summary>
    public string Trainer { get; init; } = Holds;

    /// <summary>Submitted with a limit that will be reached; else with one that is far away.</summary>
    public bool RunsOut { get; init; }

    /// <summary>That limit in minutes; one that runs out is shorter on the local scheduler.</summary>
    public int Minutes => RunsOut ? 1 : Moves.Any(move => move.Act == Act.Shorten) ? 3 : 10;

    /// <summary>Submitted with <c>--signal</c>: who is to hear what, without the lead.</summary>
    public string? Warning { get; init; }

    /// <summary>Submitted with <c>--requeue</c> or <c>--no-requeue</c>; null for the cluster's default.</summary>
    public bool? Requeue { get; init; }

    /// <summary>Tasks of the step, each on a node of its own where there are several nodes.</summary>
    public int Tasks { get; init; } = 1;

    /// <summary>The element of a job array that the job is; null for a job of its own.</summary>
    public int? ArrayTask { get; init; }

    /// <summary>The partition, which says what a preemption does (eng/slurm/start.sh).</summary>
    public string Partition { get; init; } = "main";

    /// <summary>Whether another job comes for its node.</summary>
    public bool IsPreempted => Moves.Any(move => move.Act == Act.Preempt);

    /// <summary>The real cluster.</summary>
    public Setup Setup { get; init; } = Setup.Cgroup;

    /// <summary>Played on a cluster without cgroups too, with the same verdict.</summary>
    public bool OnLinuxProc { get; init; }

    /// <summary>Why the local scheduler can't play it; null when it can.</summary>
    public string? NotLocally { get; init; }

    /// <summary>Among the few that daily work runs, on the local scheduler.</summary>
    public bool Quick { get; init; }

    /// <summary>
    /// The program that trains there: a state of plain numbers, or TorchSharp's. That is trained in the few scenarios that daily work runs and, on the real cluster, where
    /// a program is ended by force; in the long form there wherever one task is, the form that hears all signals. Form and cause are Slurm's affair, and torch takes
    /// longer to start than all else.
    /// </summary>
    public string ProgramOn(Stage stage) =>
        Quick || (stage != Stage.Local && Form == LaunchForm.Srun && Tasks == 1 && (IsForced || Environment.GetEnvironmentVariable("CAIRN_LONG") == "1"))
            ? "TorchScenarioTrainer"
            : "ScenarioTrainer";

    private bool IsForced => Trainer.Contains("--deaf", StringComparison.Ordinal) && !Trainer.Contains("--no-force", StringComparison.Ordinal);

    /// <summary>What the test does, in this order.</summary>
    public IReadOnlyList<Move> Moves { get; init; } = [];

    /// <summary>What the log must say; null for nothing.</summary>
    public string? Says { get; init; }

    /// <summary>What must come of it: a line an attempt (<see cref="Story"/>), and last how the job ended.</summary>
    public required IReadOnlyList<string> Verdict { get; init; }

    public override string ToString() => $"{Name}, {Form switch
    {
        LaunchForm.Srun => "a task",
        LaunchForm.Exec => "exec",
        LaunchForm.Child => "a child",
        _ => "a child of a task",
    }}";
}
