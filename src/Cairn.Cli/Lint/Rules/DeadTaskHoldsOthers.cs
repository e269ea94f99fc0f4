using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint.Rules;

/// <summary>srun of tasks that train together, without --kill-on-bad-exit.</summary>
internal static class DeadTaskHoldsOthers
{
    public static LintRule Rule { get; } = new("CAIRN055", Level.Warning, "a task that dies leaves the others waiting", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Around.Steps.EndsAtBadExit == true || script.Sets("SLURM_KILL_BAD_EXIT"))
            yield break;
        foreach (var launch in script.StepsOfSeveral().Where(launch => !launch.SrunOptions.Any(IsAboutBadExit)))
        {
            if (TogetherTraining.Sign(script, launch) is not { } sign)
                continue;
            var byMpi = TogetherTraining.LoadsMpi(script, launch) is not null;
            var unless = script.Around.Steps.EndsAtBadExit is null ? ", unless the cluster has KillOnBadExit=1" : "";
            yield return new(
                launch.Command.Line,
                $"When one task of {launch.Name} dies, srun lets the others run{unless}; and they wait for it ({sign}): "
                + (byMpi ? "for ever, as MPI does, until the job's limit." : "until what they wait in gives up (NCCL: after ten minutes, if nothing else is set), else until the job's limit."),
                "Write srun --kill-on-bad-exit=1: the first task that is killed, or leaves with another code than 0, ends the step by TERM, and KILL after KillWait. So none may leave before the state is on disk; cairn run --task sees to that for ranks that stop at one step.")
            {
                Level = byMpi && script.Around.Steps.EndsAtBadExit == false ? Level.Warning : Level.Note,
            };
        }
    }

    // -K among short options that are written together, too.
    private static bool IsAboutBadExit(ShellWord word) =>
        word.Text.StartsWith("--kill", StringComparison.Ordinal) || (word.Text is ['-', not '-', ..] && word.Text.Contains('K', StringComparison.Ordinal));
}
