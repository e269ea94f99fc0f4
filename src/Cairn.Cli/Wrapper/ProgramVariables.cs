using System.Globalization;
using Cairn.Cli.Processes;
using Cairn.Slurm;

namespace Cairn.Cli.Wrapper;

/// <summary>The variables of the contract with the program. docs/run.md describes them.</summary>
internal static class ProgramVariables
{
    /// <summary>The program makes this file when its work is done.</summary>
    public const string DoneFile = "CAIRN_DONE_FILE";

    /// <summary>The wrapper of a task makes this file when it has warned its program, so that the wrapper of the job knows.</summary>
    public const string WarnedFile = "CAIRN_WARNED_FILE";

    /// <summary>Into this folder a program may put a file that says what is to follow: <see cref="Contract.ProgramWord"/>.</summary>
    public const string SaysFolder = OuterWrapper.SaysVariable;

    /// <summary>The folder in which each process of a program makes its page: <see cref="Contract.ProgramPage"/>.</summary>
    public const string Pages = "CAIRN_PAGES";

    /// <summary>Into this file a program may write at which step it is, a line a report: docs/metrics.md.</summary>
    public const string Reports = "CAIRN_REPORTS";

    public const string Attempt = "CAIRN_ATTEMPT";
    public const string CheckpointFolder = "CAIRN_CHECKPOINT_DIR";
    public const string Status = "CAIRN_STATUS";

    /// <summary>The number of this attempt, from 1.</summary>
    public static int AttemptOf(Func<string, string?> variable, SlurmJob? job) =>
        job is not null ? job.Restarts + 1
        : int.TryParse(variable(Attempt), NumberStyles.None, CultureInfo.InvariantCulture, out var outer) && outer > 0 ? outer : 1;

    /// <summary>One of these variables, but for what is inherited from another job.</summary>
    public static string? Inherited(string name) =>
        OuterWrapper.IsMeant(Environment.GetEnvironmentVariable, Own()) ? Environment.GetEnvironmentVariable(name) : null;

    // A wrapper of a task does not ask Slurm, but is in a job.
    internal static SlurmJob? Own()
    {
        try
        {
            return SlurmJob.FromEnvironment(Environment.GetEnvironmentVariable);
        }
        catch (SlurmEnvironmentException)
        {
            return null; // said where the job is read
        }
    }

    /// <summary>The whole environment of the program, as NAME=VALUE.</summary>
    /// <param name="job">The job; null without one, and around a task.</param>
    /// <param name="attempt">Which life of it.</param>
    /// <param name="without">What is not passed on: <see cref="ForeignVariables"/>.</param>
    /// <param name="more">Further variables; null for one that stays as it is.</param>
    public static List<byte[]> For(SlurmJob? job, int attempt, IReadOnlyList<string> without, params ReadOnlySpan<(string Name, string? Value)> more)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var name in without)
            variables[name] = null;
        if (!OuterWrapper.IsMeant(Environment.GetEnvironmentVariable, job ?? Own()))
        {
            // Of the job that this one was submitted from.
            foreach (var name in (string[])[CheckpointFolder, Status, DoneFile, WarnedFile, SaysFolder, Pages, Reports, Together.JobHub.Variable])
                variables[name] = null;
        }

        variables[Attempt] = attempt.ToString(CultureInfo.InvariantCulture);
        variables[OuterWrapper.Variable] = OuterWrapper.Itself;
        variables[OuterWrapper.JobVariable] = OuterWrapper.NameOf(Environment.GetEnvironmentVariable, job ?? Own());
        foreach (var (name, value) in more)
        {
            if (value is not null)
                variables[name] = value;
        }

        return InheritedBytes.EnvironmentWith(variables);
    }
}
