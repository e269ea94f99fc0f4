namespace Cairn.Cli.Lint;

/// <summary>How much a finding weighs. From a warning on, a script does not count as sound.</summary>
internal enum Level
{
    /// <summary>Worth knowing; it may be meant so.</summary>
    Note,

    /// <summary>Something will not work as the script seems to mean it; as a rule work is lost.</summary>
    Warning,

    /// <summary>sbatch refuses the script, or the job fails.</summary>
    Error,
}
