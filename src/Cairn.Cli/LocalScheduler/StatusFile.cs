using System.Text.Json;
using System.Text.Json.Serialization;
using Cairn.Cli.LocalScheduler.Jobs;

namespace Cairn.Cli.LocalScheduler;

/// <summary>CAIRN_STATUS: what a program may want to know at any time, in a file that is replaced as a whole.</summary>
/// <param name="JobId">SLURM_JOB_ID.</param>
/// <param name="Attempt">From 1.</param>
/// <param name="Deadline">When nothing can be saved any more; null without a limit.</param>
/// <param name="DeadlineUnix">The same in seconds since 1970.</param>
/// <param name="StopRequested">A signal was sent to the program, so it is to stop.</param>
/// <param name="Cause">"warning", "limit", "preemption", "cancelled", "requeue", or null.</param>
internal sealed record JobStatus(int JobId, int Attempt, DateTimeOffset? Deadline, double? DeadlineUnix, bool StopRequested, string? Cause)
{
    /// <param name="jobId">The job.</param>
    /// <param name="job">Its state.</param>
    /// <param name="heard">
    /// The attempt was sent a signal. In a launch form that hears nothing the file stays silent too: on a cluster nobody writes it.
    /// </param>
    public static JobStatus Of(int jobId, Job job, bool heard) => new(
        jobId,
        job.Attempt,
        job.Deadline,
        job.Deadline is { } deadline ? Math.Round((deadline - DateTimeOffset.UnixEpoch).TotalSeconds, 3) : null,
        heard && job.StopRequest is not null,
        heard ? job.StopRequest : null);
}

internal sealed class StatusFile(string path)
{
    private JobStatus? _written;

    public void Write(JobStatus status)
    {
        if (status == _written)
            return;
        var temporary = path + ".new";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(status, StatusJson.Default.JobStatus));
        File.Move(temporary, path, overwrite: true);
        _written = status;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JobStatus))]
internal sealed partial class StatusJson : JsonSerializerContext;
