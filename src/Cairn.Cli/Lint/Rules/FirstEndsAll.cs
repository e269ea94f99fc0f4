using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint.Rules;

/// <summary>srun --wait, or WaitTime of the cluster: when the first task has ended, the others have so long.</summary>
internal static class FirstEndsAll
{
    public static LintRule Rule { get; } = new("CAIRN057", Level.Warning, "the first task that ends starts a clock for the others", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        foreach (var launch in script.StepsOfSeveral())
        {
            var said = launch.SrunOptions.ValueOf("--wait", "-W") ?? script.ValueOf("SLURM_WAIT");
            if ((said is null ? script.Around.Steps.Wait : StepDefaults.Seconds(said)) is not { } wait || wait == TimeSpan.Zero)
                continue;
            var known = script.Around.StepAndSave;
            if (known?.Time <= wait)
                continue;
            yield return new(
                launch.Command.Line,
                $"{(said is null ? $"The cluster has WaitTime={wait.TotalSeconds:0}" : $"srun waits {wait.TotalSeconds:0} s")}: so long after the first task has ended, with 0 too, the others are killed without a word of warning"
                + (known is (var time, var source) ? $". A step and a save take {Durations.Format(time)} ({source})." : ", the one that still saves among them."),
                "Write srun --wait=0, and --kill-on-bad-exit=1 against tasks that die; or let all tasks end together.")
            {
                Level = known is null ? Level.Note : Level.Warning,
            };
        }
    }
}
