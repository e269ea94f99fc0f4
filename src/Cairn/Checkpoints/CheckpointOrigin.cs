namespace Cairn.Checkpoints;

/// <summary>Who writes a checkpoint.</summary>
/// <param name="Attempt">The attempt's number, not negative.</param>
/// <param name="Job">The job as Slurm names it; null outside of Slurm.</param>
/// <param name="WorldSize">How many ranks the job has, at least 1.</param>
internal sealed record CheckpointOrigin(int Attempt, string? Job, int WorldSize);
