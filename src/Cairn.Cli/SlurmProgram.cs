using Cairn.Slurm;

namespace Cairn.Cli;

/// <summary>Slurm's commands as a person would call them: by argument list, never by a shell, and bounded in time.</summary>
internal static class SlurmProgram
{
    // sbatch waits for a busy controller.
    private static readonly TimeSpan LongPatience = TimeSpan.FromMinutes(2);

    /// <param name="name">The program.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="variables">Added to the environment.</param>
    /// <param name="patience">It is ended when it takes longer. Default: two minutes.</param>
    public static SlurmAnswer Run(string name, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string>? variables = null, TimeSpan? patience = null)
    {
        var run = CommandRun.Of(name, arguments, variables ?? new Dictionary<string, string>(), patience ?? LongPatience);
        var more = run is { ExitCode: null, StartError: null } ? "; whether it did its work, squeue knows" : "";
        return new(run.ExitCode, run.Output, run.ExitCode is null ? run.Problem + more : run.ErrorWords, IsMissing: run.StartError is not null);
    }
}

/// <summary>What came of it.</summary>
/// <param name="Code">Its exit code; null where it did not end by itself.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">In one line, what it wrote to standard error, or why it has no code.</param>
/// <param name="IsMissing">It could not be started.</param>
internal sealed record SlurmAnswer(int? Code, string Output, string Errors, bool IsMissing);
