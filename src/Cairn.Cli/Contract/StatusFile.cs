using System.Text.Json;
using System.Text.Json.Serialization;

namespace Cairn.Cli.Contract;

/// <summary>What a program may want to know at any time.</summary>
/// <param name="JobId">SLURM_JOB_ID; null without Slurm.</param>
/// <param name="Attempt">From 1.</param>
/// <param name="Deadline">When nothing can be saved any more; null without a limit.</param>
/// <param name="DeadlineUnix">The same in seconds since 1970.</param>
/// <param name="StopRequested">The program is to stop.</param>
/// <param name="Cause">"warning", "limit", "preemption", "cancelled", "requeue", "node_failure", or null; from <c>cairn run</c> also "interrupt", "stop_file" and "hang".</param>
internal sealed record ProgramStatus(int? JobId, int Attempt, DateTimeOffset? Deadline, double? DeadlineUnix, bool StopRequested, string? Cause)
{
    public static ProgramStatus Of(int? jobId, int attempt, DateTimeOffset? deadline, bool stopRequested, string? cause) => new(
        jobId,
        attempt,
        deadline,
        deadline is { } end ? Math.Round((end - DateTimeOffset.UnixEpoch).TotalSeconds, 3) : null,
        stopRequested,
        cause);
}

/// <summary>CAIRN_STATUS: that, in a file that is replaced as a whole.</summary>
internal sealed class StatusFile(string path)
{
    private ProgramStatus? _written;

    public void Write(ProgramStatus status)
    {
        if (status == _written)
            return;
        var temporary = path + ".new";
        File.WriteAllBytes(temporary, JsonSerializer.SerializeToUtf8Bytes(status, StatusJson.Default.ProgramStatus));
        File.Move(temporary, path, overwrite: true);
        _written = status;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ProgramStatus))]
internal sealed partial class StatusJson : JsonSerializerContext;
