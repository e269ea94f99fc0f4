namespace Cairn.Cli.Submissions;

/// <summary>Jobs of which each waits for the one before, where a cluster forbids requeues.</summary>
internal static class Chain
{
    public const string Variable = "CAIRN_CHAIN";

    public const string WorkIsDone = "The work is done";

    /// <summary>How <c>cairn submit</c>'s own jobs call <see cref="CancelRest"/> without <c>cairn run</c>.</summary>
    public const string Verb = "__chain-finished";

    /// <summary>Cancels the jobs behind the running one. Once more does no harm.</summary>
    /// <param name="recordFile">The record that CAIRN_CHAIN names.</param>
    /// <param name="jobId">The running job; null for all of the chain.</param>
    /// <param name="why">In words, the begin of a sentence.</param>
    /// <returns>A sentence of what was done or could not be.</returns>
    public static (bool Done, string Sentence) CancelRest(string recordFile, string? jobId, string why = WorkIsDone)
    {
        try
        {
            if (jobId is not null && !SubmissionRecord.Read(recordFile).IsOf(jobId))
                return (true, $"Job {jobId} is none of the chain of {recordFile}, which goes on.");

            // cairn submit may still be at it: it looks for this mark after each job.
            File.WriteAllText(FinishedMark(recordFile), "");
            var rest = Rest(SubmissionRecord.Read(recordFile).JobIds, jobId);
            return rest.Count == 0 ? (true, $"{why}, and the chain has no more jobs.") : Cancel(rest, why);
        }
        catch (SubmissionException error)
        {
            return (false, $"The rest of the chain is not cancelled: {error.Message}");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (false, $"The rest of the chain is not cancelled: {error.Message}");
        }
    }

    /// <summary>Whether a job of the chain has ended it.</summary>
    public static bool IsFinished(string recordFile) => File.Exists(FinishedMark(recordFile));

    /// <summary>The jobs behind one; all where it is none of them.</summary>
    public static IReadOnlyList<string> Rest(IReadOnlyList<string> ids, string? jobId)
    {
        var at = ids.TakeWhile(id => id != jobId).Count();
        return at == ids.Count ? ids : [.. ids.Skip(at + 1)];
    }

    public static (bool Done, string Sentence) Cancel(IReadOnlyList<string> ids, string why = WorkIsDone)
    {
        var answer = SlurmProgram.Run("scancel", ids);
        var words = string.Join(' ', ids);
        return answer.Code == 0
            ? (true, $"{why}: the rest of the chain, {words}, is cancelled.")
            : (false, $"The rest of the chain is not cancelled: {answer.Errors}; by hand: scancel {words}");
    }

    /// <summary>The file that tells later jobs, and <c>cairn submit</c>, that the chain is over.</summary>
    public static string FinishedMark(string recordFile) => recordFile + ".finished";
}
