using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint;

/// <summary>What srun is told of a step, by its options and by the script's variables that stand for them.</summary>
internal static class StepOptions
{
    /// <summary>The steps of several tasks in a job that is to save, as far as all that srun is told can be read.</summary>
    public static IEnumerable<Launch> StepsOfSeveral(this LintedScript script) =>
        script.WantsToSave()
            ? script.Flow.Launches.Where(launch => IsKnown(launch) && StepTasks.AreSeveral(script, launch)).DistinctBy(launch => launch.Command.Line)
            : [];

    /// <summary>The script puts something into the variable: by itself, by export, or before the command.</summary>
    public static bool Sets(this LintedScript script, string variable) => script.ValueOf(variable) is not null;

    /// <summary>What the script puts into a variable last; null where it puts nothing into it.</summary>
    public static string? ValueOf(this LintedScript script, string variable) =>
        script.Flow.Commands.SelectMany(Assigned).LastOrDefault(set => set.Name == variable).Value;

    // A variable in front of the program may hold options.
    private static bool IsKnown(Launch launch) => launch.SrunOptions.All(word => word.IsLiteral) && launch.Program is [{ IsLiteral: true }, ..];

    private static IEnumerable<(string Name, string Value)> Assigned(ShellCommand command) =>
    [
        .. command.Assignments.Select(set => (set.Name, set.Value)),
        .. command.Name is "export" or "declare" or "env"
            ? command.Arguments.Select(word => word.Split('=', 2)).Where(pair => pair.Length == 2).Select(pair => (pair[0], pair[1])) : [],
    ];
}
