using System.Collections;
using System.Globalization;
using Cairn.Slurm;

namespace Cairn.Cli.Wrapper;

/// <summary>The variables of the contract with the program. docs/run.md describes them.</summary>
internal static class ProgramVariables
{
    /// <summary>The program makes this file when its work is done.</summary>
    public const string DoneFile = "CAIRN_DONE_FILE";

    /// <summary>The wrapper of a task makes this file when it has warned its program, so that the wrapper of the job knows.</summary>
    public const string WarnedFile = "CAIRN_WARNED_FILE";

    public const string Attempt = "CAIRN_ATTEMPT";
    public const string CheckpointFolder = "CAIRN_CHECKPOINT_DIR";
    public const string Status = "CAIRN_STATUS";

    /// <summary>The number of this attempt, from 1.</summary>
    public static int AttemptOf(Func<string, string?> variable, SlurmJob? job) =>
        job is not null ? job.Restarts + 1
        : int.TryParse(variable(Attempt), NumberStyles.None, CultureInfo.InvariantCulture, out var outer) && outer > 0 ? outer : 1;

    /// <summary>The whole environment of the program.</summary>
    public static Dictionary<string, string> For(SlurmJob? job, int attempt, params ReadOnlySpan<(string Name, string? Value)> more)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry one in Environment.GetEnvironmentVariables())
            variables[(string)one.Key] = (string?)one.Value ?? "";
        variables[Attempt] = attempt.ToString(CultureInfo.InvariantCulture);
        variables[OuterWrapper.Variable] = OuterWrapper.Itself;
        if (job is not null)
            variables[OuterWrapper.JobVariable] = job.Id;
        foreach (var (name, value) in more)
        {
            if (value is not null)
                variables[name] = value;
        }

        return variables;
    }
}
