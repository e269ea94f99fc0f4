using System.Text.Json;
using Cairn.Checkpoints.Records;

namespace Cairn.Cli.Submissions;

/// <summary>What was submitted: CAIRN_SUBMISSION, and for a chain CAIRN_CHAIN, name its file to the job.</summary>
/// <param name="Version">Of this form.</param>
/// <param name="Submitted">When.</param>
/// <param name="Script">The script's path.</param>
/// <param name="ScriptHash">XxHash128 of its bytes.</param>
/// <param name="WrittenHere">Cairn wrote the script beside this record; nobody edits it.</param>
/// <param name="CodeFolder">The folder whose files are compared; null where none is.</param>
/// <param name="NoCode">The folders below it that were left out, of checkpoints and logs; full paths.</param>
/// <param name="Code">Those files by their path in it.</param>
/// <param name="CodeIsWhole">False where the folder holds more files than are looked at.</param>
/// <param name="JobIds">Of the job, or of the chain in its order.</param>
internal sealed record SubmissionRecord(
    int Version,
    DateTimeOffset Submitted,
    string Script,
    string ScriptHash,
    bool WrittenHere,
    string? CodeFolder,
    IReadOnlyList<string> NoCode,
    IReadOnlyDictionary<string, CodeFile> Code,
    bool CodeIsWhole,
    IReadOnlyList<string> JobIds)
{
    public const int Current = 1;

    /// <summary>The script's own arguments; null in what older versions recorded.</summary>
    public IReadOnlyList<string>? Arguments { get; init; }

    // 20 000 files of long names; nobody is to be made to read more.
    private const int Largest = 32 << 20;

    /// <summary>
    /// Whether this is what a job was submitted with. A job that another one submits inherits its variables. The first job may run
    /// before its id is written.
    /// </summary>
    public bool IsOf(string jobId) => JobIds.Count == 0 || JobIds.Contains(jobId);

    public static string HashOf(ReadOnlySpan<byte> bytes) => ContentHash.Of(bytes).ToString();

    /// <exception cref="SubmissionException">The file cannot be read, or is no record.</exception>
    public static SubmissionRecord Read(string path)
    {
        try
        {
            var record = SubmissionJson.Read(new MemoryStream(NamedFile.Read(path, Largest)));
            return record is { Version: Current, JobIds: not null, NoCode: not null, Code: not null, Script: not null, ScriptHash: not null }
                ? record
                : throw new SubmissionException($"{path} is no record of a submission that this version reads.");
        }
        catch (NamedFileException error)
        {
            throw new SubmissionException($"{path}, the record of the submission, {error.Message}");
        }
        catch (JsonException error)
        {
            throw new SubmissionException($"{path}, the record of the submission, cannot be read: {error.Message}");
        }
    }

    /// <summary>All of it or nothing: jobs read it while others are still being submitted.</summary>
    public void Write(string path)
    {
        var temporary = $"{path}.{Environment.ProcessId}.new";
        File.WriteAllText(temporary, SubmissionJson.Write(this));
        File.Move(temporary, path, overwrite: true);
    }
}

/// <summary>A file of the code.</summary>
/// <param name="Size">In bytes.</param>
/// <param name="Changed">When it was last written, in unix milliseconds: size and this alone are asked first.</param>
/// <param name="Hash">XxHash128; null for what is too large to be read each time.</param>
internal sealed record CodeFile(long Size, long Changed, string? Hash);

/// <summary>A record that cannot be used; the message says why.</summary>
internal sealed class SubmissionException(string message) : Exception(message);
