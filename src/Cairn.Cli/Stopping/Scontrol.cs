namespace Cairn.Cli.Stopping;

/// <summary>What the two commands have Slurm do with a job.</summary>
internal static class Scontrol
{
    /// <summary>hold, release or requeue.</summary>
    /// <returns>Why it was not done; null when it was.</returns>
    public static string? Do(string what, string job)
    {
        var answer = SlurmProgram.Run("scontrol", [what, job], patience: TimeSpan.FromSeconds(30));
        return answer.Code == 0 ? null : answer.Errors;
    }
}
