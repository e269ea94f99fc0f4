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
    private const int MostSaid = 500;

    public static Submitted Submit(Submission submission)
    {
        var ids = new List<string>();
        // Before sbatch: the job may begin before the answer is here.
        submission.Record.Write(submission.RecordFile);
        for (var number = 0; number < submission.Jobs && !Chain.IsFinished(submission.RecordFile); number++)
        {
            var answer = SlurmProgram.Run("sbatch", submission.SbatchArguments(ids.LastOrDefault()), submission.Variables);
            var id = IdIn(answer.Output);
            if (answer.Code != 0 || id is null)
            {
                // The job that nobody can name finds its record all the same: its variables say where it is.
                var mayBeQueued = !answer.IsMissing && (answer.Code is null or 0 || id is not null);
                if (ids.Count == 0 && !mayBeQueued)
                    File.Delete(submission.RecordFile);
                return new(ids, Problem(answer, id) + (mayBeQueued ? $". The record {submission.RecordFile} is kept" : ""), mayBeQueued);
            }

            ids.Add(id);
            (submission.Record with { JobIds = [.. ids] }).Write(submission.RecordFile);
        }

        // The first job was done while the last ones were submitted, and has not seen their ids.
        if (submission.IsChain && Chain.IsFinished(submission.RecordFile) && Chain.Rest(ids, ids.FirstOrDefault()) is { Count: > 0 } rest)
            Chain.Cancel(rest);
        return new(ids, null, MayBeQueued: true);
    }

    /// <summary>
    /// The id in what sbatch printed: with <c>--parsable</c> a number, or with several clusters a number and the cluster's name, on a line of
    /// its own. It is the last such line, for sites put scripts of their own in sbatch's place, which greet the user first.
    /// </summary>
    public static string? IdIn(string output)
    {
        string? id = null;
        foreach (var line in output.Split('\n', StringSplitOptions.TrimEntries))
        {
            var parts = line.Split(';');
            if (parts.Length <= 2 && parts[0].Length > 0 && parts[0].All(char.IsAsciiDigit))
                id = parts[0];
        }

        return id;
    }

    private static string Problem(SlurmAnswer answer, string? id)
    {
        var said = string.Join("; ", answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        var words = answer.Errors.Length > 0 ? answer.Errors : $"sbatch ended with code {answer.Code} and said '{said[..Math.Min(said.Length, MostSaid)]}'";
        return answer switch
        {
            { IsMissing: true } => $"{words}. Submit on a machine of the cluster; cairn script writes the script, and cairn local runs it here.",
            { Code: null } => words,
            _ when id is not null => $"{words}. But it printed an id, so the job may be queued: squeue -j {id} tells, scancel {id} takes it back",
            { Code: 0 } => $"sbatch ended with code 0 and printed no job's id ('{said[..Math.Min(said.Length, MostSaid)]}'), so the job may be queued: squeue --me tells",
            _ => words,
        };
    }
}

/// <summary>What came of a submission.</summary>
/// <param name="Ids">The jobs that are queued for certain.</param>
/// <param name="Problem">What went wrong; null when nothing did.</param>
/// <param name="MayBeQueued">Whether a job can have come of it.</param>
internal sealed record Submitted(IReadOnlyList<string> Ids, string? Problem, bool MayBeQueued);
