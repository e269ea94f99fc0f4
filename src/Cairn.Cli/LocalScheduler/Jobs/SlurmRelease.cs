namespace Cairn.Cli.LocalScheduler.Jobs;

/// <summary>The releases that are imitated: 22.05 and 24.11.</summary>
internal enum SlurmRelease
{
    Slurm22 = 22,
    Slurm24 = 24,
}
