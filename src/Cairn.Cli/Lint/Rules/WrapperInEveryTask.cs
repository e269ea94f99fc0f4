using Cairn.Cli.BatchScripts.Launches;

namespace Cairn.Cli.Lint.Rules;

/// <summary>srun starts cairn run in several tasks, without --task.</summary>
internal static class WrapperInEveryTask
{
    public static LintRule Rule { get; } = new("CAIRN070", Level.Error, "cairn run is one of several tasks", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        foreach (var launch in script.Flow.Launches.DistinctBy(launch => launch.Command.Line))
        {
            if (launch.LaunchesWrapper)
            {
                yield return new(
                    launch.Command.Line,
                    $"{launch.BetweenName ?? launch.Name} starts cairn run once in each of its processes, and only one may decide over a job: the others refuse, exit code 2, and all of it ends.",
                    LauncherForm.Advice(launch));
                continue;
            }

            if (!launch.Wrappers.Any(wrapper => wrapper is { InTask: true, IsTask: false }) || !StepTasks.AreSeveral(script, launch))
                continue;
            yield return new(
                launch.Command.Line,
                $"srun starts cairn run in several tasks, and each would decide over the same job: it refuses, exit code 2, and {launch.Name} is never started.",
                HasOuter(launch)
                    ? "Behind srun write cairn run --task."
                    : $"Put one around srun and a thin one around each task: exec cairn run -- srun cairn run --task -- {launch.Word} ..., with B: in --signal.");
        }
    }

    private static bool HasOuter(Launch launch) => launch.Wrappers[0] is { InTask: false, IsTask: false };
}
