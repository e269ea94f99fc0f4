using System.Buffers;
using System.Text.Json;

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
        File.WriteAllBytes(temporary, Json(status));
        File.Move(temporary, path, overwrite: true);
        _written = status;
    }

    /// <summary>What another wrapper wrote; null when it cannot be read.</summary>
    public static ProgramStatus? Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            var deadline = json.RootElement.GetProperty("deadline") is { ValueKind: JsonValueKind.String } told ? told.GetDateTimeOffset() : (DateTimeOffset?)null;
            return ProgramStatus.Of(null, json.RootElement.GetProperty("attempt").GetInt32(), deadline, json.RootElement.GetProperty("stop_requested").GetBoolean(), json.RootElement.GetProperty("cause").GetString());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    // By hand: a serializer takes a millisecond to be ready, and a program waits for that.
    private static ReadOnlySpan<byte> Json(ProgramStatus status)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Number("job_id", status.JobId);
            Number("attempt", status.Attempt);
            if (status.Deadline is { } deadline)
                json.WriteString("deadline", deadline);
            else
                json.WriteNull("deadline");
            Number("deadline_unix", status.DeadlineUnix);
            json.WriteBoolean("stop_requested", status.StopRequested);
            json.WriteString("cause", status.Cause);
            json.WriteEndObject();

            void Number(string name, double? value)
            {
                if (value is { } known)
                    json.WriteNumber(name, known);
                else
                    json.WriteNull(name);
            }
        }

        return buffer.WrittenSpan;
    }
}
