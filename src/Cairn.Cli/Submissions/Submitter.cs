namespace Cairn.Cli.Submissions;

/// <summary>What is submitted.</summary>
/// <param name="RecordFile">Where it is recorded, a full path.</param>
/// <param name="Record">The record, still without ids.</param>
/// <param name="Arguments">The words after the script.</param>
/// <param name="Export">The script's own --export; null where it has none.</param>
/// <param name="Jobs">How many: more than one is a chain.</param>
internal sealed record Submission(string RecordFile, SubmissionRecord Record, IReadOnlyList<string> Arguments, string? Export, int Jobs)
{
    public const string Variable = "CAIRN_SUBMISSION";

    public bool IsChain => Jobs > 1;

    public IReadOnlyDictionary<string, string> Variables
    {
        get
        {
            var variables = new Dictionary<string, string>(StringComparer.Ordinal) { [Variable] = RecordFile };
            if (IsChain)
                variables[Chain.Variable] = RecordFile;
            return variables;
        }
    }

    /// <summary>sbatch's arguments for a job behind another one, or the first.</summary>
    public IReadOnlyList<string> SbatchArguments(string? after)
    {
        var arguments = new List<string> { "--parsable" };
        // A list of variables would leave ours out; NONE and ALL are words of their own.
        if (Export is { } list && !list.Split(',').Any(word => word is "ALL" or "NONE" or "NIL"))
            arguments.Add($"--export={string.Join(',', [list, .. Variables.Keys])}");
        if (after is not null)
            arguments.Add($"--dependency=afterany:{after}");
        return [.. arguments, Record.Script, .. Arguments];
    }
}

/// <summary>Calls sbatch, and writes down what came of it.</summary>
internal static class Submitter
{
    /// <returns>The ids; or null with what went wrong, when nothing runs.</returns>
    public static (IReadOnlyList<string> Ids, string? Problem) Submit(Submission submission)
    {
        var ids = new List<string>();
        // Before sbatch: the job may begin before the answer is here.
        submission.Record.Write(submission.RecordFile);
        for (var number = 0; number < submission.Jobs && !Chain.IsFinished(submission.RecordFile); number++)
        {
            var answer = SlurmProgram.Run("sbatch", submission.SbatchArguments(ids.LastOrDefault()), submission.Variables);
            // The id, or with several clusters the id and the cluster's name.
            var id = answer.Output.Trim().Split(';')[0];
            if (answer.Code != 0 || id.Length == 0 || !id.All(char.IsAsciiDigit))
            {
                if (ids.Count == 0 && answer.Code is not null)
                    File.Delete(submission.RecordFile);
                var said = answer.Errors.Trim() is { Length: > 0 } words ? words : $"sbatch ended with code {answer.Code} and said '{answer.Output.Trim()}'";
                return (ids, answer.IsMissing ? $"{said}. Submit on a machine of the cluster; cairn script writes the script, and cairn local runs it here." : said);
            }

            ids.Add(id);
            (submission.Record with { JobIds = [.. ids] }).Write(submission.RecordFile);
        }

        // The first job was done while the last ones were submitted, and has not seen their ids.
        if (submission.IsChain && Chain.IsFinished(submission.RecordFile) && Chain.Rest(ids, ids.FirstOrDefault()) is { Count: > 0 } rest)
            Chain.Cancel(rest);
        return (ids, null);
    }
}
