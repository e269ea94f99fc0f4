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

    /// <summary>Whether this process stems from the batch script, so that no step's variables are its own. Slurm names its process after the step that it keeps.</summary>
    public static bool SlurmInBatch()
    {
        const string title = "slurmstepd: [";
        try
        {
            for (var process = ParentOf("self"); process is not ("0" or "1"); process = ParentOf(process))
            {
                var command = File.ReadAllText($"/proc/{process}/cmdline");
                if (command.StartsWith(title, StringComparison.Ordinal))
                    return command.Contains(".batch]", StringComparison.Ordinal);
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // Not told: the variables are all that is known.
        }

        return false;
    }

    private static string? ParentName()
    {
        try
        {
            return File.ReadAllText($"/proc/{ParentOf("self")}/comm").Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null;
        }
    }

    // "PPid:\t123" is a line of its own, and no name of a process can break into it.
    private static string ParentOf(string process) =>
        File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("PPid:", StringComparison.Ordinal))[5..].Trim();
}
