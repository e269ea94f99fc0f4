namespace Cairn.Slurm;

/// <summary>Who started this process: Slurm signals only what it started itself.</summary>
internal static class LaunchedBy
{
    /// <summary>The name of the process that starts the batch shell and the tasks.</summary>
    public const string StepDaemon = "slurmstepd";

    /// <summary>Whether this process is a task that Slurm started: it hears warnings and the begin of a preemption.</summary>
    /// <param name="job">The job.</param>
    public static bool SlurmAsTask(SlurmJob job) => job.Step is not null && Slurm();

    /// <summary>Whether Slurm started this process itself, as a task or in place of the batch shell: it hears TERM a KillWait before the KILL.</summary>
    public static bool Slurm() => ParentName() == StepDaemon;

    private static string? ParentName()
    {
        try
        {
            // "PPid:\t123" is a line of its own, and no name of a process can break into it.
            var parent = File.ReadLines("/proc/self/status").First(line => line.StartsWith("PPid:", StringComparison.Ordinal))[5..].Trim();
            return File.ReadAllText($"/proc/{parent}/comm").Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null;
        }
    }
}
