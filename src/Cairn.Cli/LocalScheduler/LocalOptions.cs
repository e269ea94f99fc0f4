using Cairn.Cli.BatchScripts;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.LocalScheduler;

/// <summary>What to run under the local scheduler, after the command line and the script's directives were read.</summary>
internal sealed record LocalOptions
{
    public required JobRequest Job { get; init; }

    public required LaunchForm Form { get; init; }

    /// <summary>The program and its arguments; with a script the arguments of the script alone.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The same byte for byte, where it stands behind --.</summary>
    public required IReadOnlyList<byte[]> CommandBytes { get; init; }

    /// <summary>Set when <see cref="Form"/> is <see cref="LaunchForm.Script"/>.</summary>
    public BatchScript? Script { get; init; }

    public required string JobName { get; init; }

    public string Partition { get; init; } = "local";

    /// <summary>The job's nodes, and what a step of <c>srun</c> has that does not say otherwise.</summary>
    public required TaskLayout Layout { get; init; }

    /// <summary>Whether the job says how many tasks it has.</summary>
    public bool SaysTasks { get; init; }

    /// <summary>SLURM_NTASKS_PER_NODE, where the job says it.</summary>
    public int? TasksPerNode { get; init; }

    /// <summary>The element of a job array that the job is; null outside of one.</summary>
    public ArrayElement? Array { get; init; }

    /// <summary>SLURM_CPUS_PER_TASK, where the job asked for it.</summary>
    public string? CpusPerTask { get; init; }

    /// <summary>The folder that the job runs in.</summary>
    public required string Folder { get; init; }

    /// <summary>The log with its replacements still in; null for the terminal or pipe of <c>cairn local</c>.</summary>
    public string? Output { get; init; }

    /// <summary>A log of its own for errors; null for the same as <see cref="Output"/>.</summary>
    public string? Error { get; init; }

    /// <summary>Every attempt begins an empty log, as Slurm does unless the script says --open-mode=append.</summary>
    public bool TruncateLog { get; init; }

    /// <summary>CAIRN_CHECKPOINT_DIR for the program.</summary>
    public string? CheckpointFolder { get; init; }

    /// <summary>What leads inside of the job are multiplied by, in a rehearsal.</summary>
    public double LeadFactor { get; init; } = 1;

    /// <summary>To be said before anything is run.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Print the report as JSON on standard output instead of a table on standard error.</summary>
    public bool JsonReport { get; init; }

    /// <summary>Write the report as JSON here too.</summary>
    public string? ReportFile { get; init; }
}
