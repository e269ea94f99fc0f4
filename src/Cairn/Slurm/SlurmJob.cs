using System.Globalization;

namespace Cairn.Slurm;

/// <summary>The job as its environment tells it.</summary>
/// <param name="Id">For queries: <c>ARRAYJOB_TASK</c> in an array (the raw id of one element names the whole array), else the job's id.</param>
/// <param name="RequeueId">For the requeue: the same, but a heterogeneous job's leader, which alone is accepted.</param>
/// <param name="ArrayTask">The element's number in a job array; null outside one.</param>
/// <param name="Restarts">How often Slurm requeued the job.</param>
/// <param name="Rank">This process among the step's tasks; 0 outside a step.</param>
/// <param name="WorldSize">The step's tasks; 1 outside a step.</param>
/// <param name="Step">The step's number; null outside of a step.</param>
/// <param name="Partition">The partition; empty when unknown.</param>
/// <param name="StartTime">When the job started; null on Slurm 22, where one asks.</param>
/// <param name="EndTime">When the job ends; null on Slurm 22, where one asks.</param>
internal sealed record SlurmJob(
    string Id, string RequeueId, string? ArrayTask, int Restarts, int Rank, int WorldSize, string? Step, string Partition, DateTimeOffset? StartTime, DateTimeOffset? EndTime)
{
    /// <summary>Reads the environment.</summary>
    /// <returns>The job; null outside one.</returns>
    /// <exception cref="SlurmEnvironmentException">A variable holds what Slurm never sets.</exception>
    public static SlurmJob? FromEnvironment(Func<string, string?> variable)
    {
        if (Digits("SLURM_JOB_ID") is not { } raw)
            return null;
        var task = Digits("SLURM_ARRAY_TASK_ID");
        var id = task is not null && Digits("SLURM_ARRAY_JOB_ID") is { } array ? $"{array}_{task}" : raw;

        // Ranks count inside a step alone: the batch shell of a job of several tasks, and its children, are one process.
        var inStep = variable("SLURM_STEP_ID") is not null && variable("SLURM_PROCID") is not null;
        return new SlurmJob(
            id,
            Digits("SLURM_JOB_ID_HET_GROUP_0") is { } leader ? leader : id,
            task,
            Number("SLURM_RESTART_COUNT") ?? 0,
            inStep ? Number("SLURM_PROCID") ?? 0 : 0,
            inStep ? Number("SLURM_STEP_NUM_TASKS") ?? Number("SLURM_NTASKS") ?? 1 : 1,
            inStep ? variable("SLURM_STEP_ID") : null,
            variable("SLURM_JOB_PARTITION") ?? string.Empty,
            Time("SLURM_JOB_START_TIME"),
            Time("SLURM_JOB_END_TIME"));

        // They become the names of files and arguments of commands.
        string? Digits(string name) => variable(name) is not { Length: > 0 } text ? null
            : text.All(char.IsAsciiDigit) ? text : throw new SlurmEnvironmentException(name, text);

        int? Number(string name) => (int?)Whole(name, int.MaxValue);

        DateTimeOffset? Time(string name) => Whole(name, 253402300799) is { } seconds and > 0 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

        long? Whole(string name, long most)
        {
            if (variable(name) is not { Length: > 0 } text)
                return null;
            return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= most
                ? value
                : throw new SlurmEnvironmentException(name, text);
        }
    }
}
