using System.Text.RegularExpressions;

namespace Cairn.Cli.BatchScripts.Shell;

/// <summary>Tests by which a script asks whether it runs in a job of Slurm. It does.</summary>
internal static partial class InJob
{
    /// <summary>Whether a condition holds in a batch job; null where that is not sure.</summary>
    public static bool? Holds(IReadOnlyList<ShellCommand> condition)
    {
        if (condition is not [{ Name: "[" or "[[" or "test", Place: { Piped: false, Background: false } } test])
            return null;
        string[] words = [.. test.Arguments.Where(word => word is not ("]" or "]]"))];
        bool? isSet = words switch
        {
            ["-v", "SLURM_JOB_ID" or "SLURM_JOBID"] => true,
            [var value] when Variable().IsMatch(value) => true,
            ["-n", var value] when Variable().IsMatch(value) => true,
            [var value, "!=", ""] when Variable().IsMatch(value) => true,
            ["-z", var value] when Variable().IsMatch(value) => false,
            ["!", "-z", var value] when Variable().IsMatch(value) => true,
            ["!", "-n", var value] when Variable().IsMatch(value) => false,
            ["!", "-v", "SLURM_JOB_ID" or "SLURM_JOBID"] => false,
            [var value, "=" or "==", ""] when Variable().IsMatch(value) => false,
            _ => null,
        };
        return test.Place.Negated ? !isSet : isSet;
    }

    // ${SLURM_JOB_ID:+x} is something as well.
    [GeneratedRegex(@"^\$(SLURM_JOB_?ID|\{SLURM_JOB_?ID(:?[-+][^{}]*)?\})$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Variable();
}
