namespace Cairn.Slurm;

/// <summary>What came of asking about a job.</summary>
/// <param name="Status">The answer; null when there is none.</param>
/// <param name="Problem">Why there is none, in Slurm's words.</param>
/// <param name="MayComeLater">Whether it is worth asking again: the controller is away, or slow.</param>
internal sealed record JobAnswer(JobStatus? Status, string? Problem, bool MayComeLater)
{
    /// <summary>Whether Slurm knows no such job, or none any more: then nothing of it runs.</summary>
    public bool IsUnknownJob => Problem?.Contains("Invalid job id", StringComparison.OrdinalIgnoreCase) == true;
}
