using System.Text.RegularExpressions;

namespace Cairn.Cli.Lint.Rules;

/// <summary>scontrol requeue $SLURM_JOB_ID in an array.</summary>
internal static partial class RequeuesWholeArray
{
    public static LintRule Rule { get; } = new("CAIRN043", Level.Error, "one element requeues the whole array", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (!script.Wishes.IsArray)
            yield break;
        foreach (var requeue in script.Requeues().DistinctBy(requeue => requeue.Line))
        {
            if (!requeue.Arguments.Any(word => word is "$SLURM_JOB_ID" or "${SLURM_JOB_ID}" or "$SLURM_JOBID" or "${SLURM_JOBID}" or "$SLURM_ARRAY_JOB_ID" or "${SLURM_ARRAY_JOB_ID}"))
                continue;
            var line = script.Lines[requeue.Line - 1];
            var mended = JobId().Replace(line, "${before}${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}");
            yield return new(
                requeue.Line,
                "The last element of an array has the array's own id in SLURM_JOB_ID: there this requeues every running element, in the middle of their work.",
                "Name the element: scontrol requeue ${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}.",
                mended != line ? [new(requeue.Line, mended)] : []);
        }
    }

    [GeneratedRegex(@"(?<before>scontrol\s+requeue\s+""?)\$(\{(SLURM_JOB_?ID|SLURM_ARRAY_JOB_ID)\}|(SLURM_JOB_?ID|SLURM_ARRAY_JOB_ID)\b)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex JobId();
}
