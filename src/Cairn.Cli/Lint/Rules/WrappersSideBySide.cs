using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint.Rules;

/// <summary>cairn run with an &amp;, more than once.</summary>
internal static class WrappersSideBySide
{
    public static LintRule Rule { get; } = new("CAIRN073", Level.Warning, "several cairn run side by side in one job", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        Launch? running = null;
        foreach (var launch in script.Flow.Launches.Where(launch => launch.DecidesOverJob && !launch.Command.Place.Conditional))
        {
            if (running is not null && !From(running, launch).Any(EndsBeforeProgram.Waits))
                yield return Side(launch, $"the one of line {running.Command.Line}");
            else if (launch.Command.Place is { Background: true, Loop: true } && !script.Flow.Commands.Any(command => command.Place.Loop && EndsBeforeProgram.Waits(command)))
                yield return Side(launch, "those of the other rounds");
            running = launch.Command.Place.Background ? launch : null;
        }

        IEnumerable<ShellCommand> From(Launch one, Launch other) =>
            script.Flow.After(one.Command).TakeWhile(command => !ReferenceEquals(command, other.Command));
    }

    private static Flaw Side(Launch launch, string others) => new(
        launch.Command.Line,
        $"This cairn run and {others} run at the same time, and each decides over the job alone: the first that has stopped requeues it, which kills the others in the middle of their save.",
        "Give each program a job of its own, an array for instance; or start them below one wrapper: exec cairn run -- srun cairn run --task -- ...");
}
