namespace Cairn.Slurm.Tests.Lint;

/// <summary>What is done with a script's job.</summary>
public enum Deed
{
    /// <summary>sbatch is to refuse it.</summary>
    BeRefused,

    /// <summary>It is held, and looked at.</summary>
    Hold,

    /// <summary>It waits in the queue for good, and is looked at.</summary>
    Queue,

    /// <summary>Nothing: it runs to its end.</summary>
    Run,

    /// <summary>The warning that the script asks for, to those to whom Slurm would send it before the limit.</summary>
    Warn,

    /// <summary><c>scancel</c>.</summary>
    Cancel,

    /// <summary><c>scontrol requeue</c>, as an operator would do it.</summary>
    Requeue,
}

/// <summary>A claim of docs/lint.md: what Slurm does with a script that breaks a rule, and with the sound form.</summary>
/// <param name="Rule">The rule's number.</param>
/// <param name="Name">The claim in a few words.</param>
/// <param name="Plays">The script that breaks the rule, and what shows that it is that which makes the difference.</param>
public sealed record Claim(string Rule, string Name, params IReadOnlyList<ClaimPlay> Plays)
{
    public override string ToString() => $"{Rule}: {Name}";
}

/// <summary>A batch script, what is done with its job, and what is seen then.</summary>
/// <param name="Script">The script; null: the one before, mended by <c>cairn lint --fix</c>.</param>
/// <param name="Deed">What is done with the job.</param>
/// <param name="Finds">The rules that <c>cairn lint</c> names, these and no other.</param>
public sealed record ClaimPlay(string? Script, Deed Deed, params IReadOnlyList<string> Finds)
{
    /// <summary>Words of sbatch, where it refuses the script.</summary>
    public string Refusal { get; init; } = "";

    /// <summary>Why it waits in the queue.</summary>
    public string Waits { get; init; } = "";

    /// <summary>What the log shows before the job is warned, cancelled or requeued.</summary>
    public string When { get; init; } = "listening";

    /// <summary>A file that is made after that.</summary>
    public string? Makes { get; init; }

    /// <summary>The programs are told to end after that, when the job has come back as often as it is to.</summary>
    public bool Ends { get; init; }

    /// <summary>Slurm's last word; null where it is now one, now another.</summary>
    public string? State { get; init; } = "COMPLETED";

    /// <summary>How often it was requeued; of an array, each element.</summary>
    public IReadOnlyList<int> Restarts { get; init; } = [0];

    /// <summary>It comes back again and again: when it has done so as often as <see cref="Restarts"/> says, it is cancelled.</summary>
    public bool ComesBack { get; init; }

    /// <summary>What <c>scontrol show job</c> says in the end.</summary>
    public IReadOnlyList<string> Shows { get; init; } = [];

    /// <summary>What it does not say.</summary>
    public IReadOnlyList<string> Hides { get; init; } = [];

    /// <summary>What the log holds, in this order.</summary>
    public IReadOnlyList<string> Says { get; init; } = [];

    /// <summary>What train.py tells, in this order, whether or not it comes into the log.</summary>
    public IReadOnlyList<string> Tells { get; init; } = [];

    /// <summary>What neither of them holds.</summary>
    public IReadOnlyList<string> Keeps { get; init; } = [];

    /// <summary>How often it holds a text.</summary>
    public (string Text, int Times)? Counts { get; init; }

    /// <summary>A library without which it cannot be played.</summary>
    public string? Needs { get; init; }

    /// <summary>A folder that is made beforehand.</summary>
    public string? Folder { get; init; }

    /// <summary>The cluster.</summary>
    public Setup Setup { get; init; }
}
