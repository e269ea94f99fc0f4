namespace Cairn.Cli.Lint;

/// <summary>What lies around the script on this machine, as far as rules ask: folders, the program's own text, the cluster.</summary>
internal sealed record Surroundings
{
    /// <summary>Nothing is known: rules that compare with it are silent.</summary>
    public static Surroundings Unknown { get; } = new();

    /// <summary>Whether the folder is missing, seen from where the job would be submitted; null where this machine cannot tell.</summary>
    public Func<string, bool?> IsMissing { get; init; } = _ => null;

    /// <summary>The text of a program file that the script starts; null where it cannot be read.</summary>
    public Func<string, string?> ProgramText { get; init; } = _ => null;

    /// <summary>For a program file that is not there: one beside it whose name is a misprint away; null where the file is there, or none is near.</summary>
    public Func<string, string?> Misspelt { get; init; } = _ => null;

    /// <summary>The partitions of the cluster; empty where there is none.</summary>
    public IReadOnlyList<Partition> Partitions { get; init; } = [];

    /// <summary>What the cluster does with steps.</summary>
    public StepDefaults Steps { get; init; } = StepDefaults.Unknown;

    /// <summary>How long the longest step and a save take together, by an option or a journal, and who says so; null where that is not known.</summary>
    public (TimeSpan Time, string Source)? StepAndSave { get; init; }
}

/// <summary>A partition of the cluster.</summary>
/// <param name="Name">Its name.</param>
/// <param name="IsDefault">Jobs go there that name none.</param>
/// <param name="MaxTime">The longest wall time; null where there is no limit.</param>
internal sealed record Partition(string Name, bool IsDefault, TimeSpan? MaxTime);
