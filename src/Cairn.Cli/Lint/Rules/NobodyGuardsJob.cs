namespace Cairn.Cli.Lint.Rules;

/// <summary>cairn run --task, and no cairn run around it.</summary>
internal static class NobodyGuardsJob
{
    public static LintRule Rule { get; } = new("CAIRN071", Level.Warning, "cairn run --task without cairn run around it", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        // A script without directives may be one that the batch script starts, under the wrapper that is missing here.
        if (script.Directives.Count == 0 || script.Flow.Launches.Any(launch => launch.Wrappers.Any(wrapper => !wrapper.IsTask)))
            yield break;
        foreach (var launch in script.Flow.Launches.Where(launch => launch.UnderCairn).DistinctBy(launch => launch.Command.Line))
        {
            yield return new(
                launch.Command.Line,
                $"cairn run --task only passes warnings on: it neither knows the deadline nor requeues the job, so that nobody does when {launch.Name} has stopped.",
                $"Put cairn run around srun as well: exec cairn run -- srun cairn run --task -- {launch.Word} ..., with B: in --signal. For one task alone, leave --task away.");
        }
    }
}
