using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cairn.Cli.LocalScheduler;

/// <summary>A folder that only this user may enter: the commands, the socket, the script's copy, the status. Gone with the job.</summary>
internal sealed class JobFolder : IDisposable
{
    private readonly string path = Directory.CreateTempSubdirectory("cairn-local-").FullName;
    private JobStatusFile? written;

    public JobFolder()
    {
        Shims.Write(Commands);
    }

    public string Commands => Path.Combine(path, "bin");

    public string Socket => Path.Combine(path, "socket");

    /// <summary>What <c>CAIRN_STATUS</c> names.</summary>
    public string Status => Path.Combine(path, "status.json");

    /// <summary>Where sbatch's copy of the script would be: later edits change nothing.</summary>
    public string Script => Path.Combine(path, "slurm_script");

    /// <summary>Replaces the status, in one step, when it has changed.</summary>
    public void WriteStatus(LocalJob job)
    {
        var status = new JobStatusFile(job.Deadline?.ToUnixTimeMilliseconds() / 1000.0, job.StopCause is not null, job.StopCause);
        if (status == written)
            return;
        File.WriteAllText(Status + ".new", JsonSerializer.Serialize(status, JobStatusJson.Default.JobStatusFile) + "\n");
        File.Move(Status + ".new", Status, overwrite: true);
        written = status;
    }

    public void Dispose() => Directory.Delete(path, recursive: true);
}

/// <summary>The status that a program in the job may read at any time.</summary>
/// <param name="Deadline">When nothing can be saved any more, in unix seconds; null without a limit.</param>
/// <param name="StopRequested">Whether something wants the program to stop.</param>
/// <param name="Cause">Why: warning, limit, preemption, cancelled, requeued; null while nothing does.</param>
internal sealed record JobStatusFile(double? Deadline, bool StopRequested, string? Cause);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(JobStatusFile))]
internal sealed partial class JobStatusJson : JsonSerializerContext;
