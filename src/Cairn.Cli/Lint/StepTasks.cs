using System.Globalization;
using Cairn.Cli.BatchScripts.Launches;

namespace Cairn.Cli.Lint;

/// <summary>How often srun starts a program.</summary>
internal static class StepTasks
{
    /// <summary>In several tasks, for sure: what srun itself says goes before what the job asks for, as in Slurm.</summary>
    public static bool AreSeveral(LintedScript script, Launch launch)
    {
        var options = launch.SrunOptions;
        if (launch.Srun is null || options.ValueOf("--het-group", "--pack-group") is not null)
            return false;
        if (options.ValueOf("--ntasks", "-n") is { } tasks)
            return IsSeveral(tasks);
        if (IsSeveral(options.ValueOf("--ntasks-per-node", "--tasks-per-node")) || IsSeveral(options.ValueOf("--nodes", "-N")))
            return true;
        if (script.Find("ntasks") is { } asked)
            return IsSeveral(asked.Value);
        // Without a number of tasks there is one on each node.
        return options.ValueOf("--nodes", "-N") is null && (IsSeveral(script.Find("ntasks-per-node")?.Value) || IsSeveral(script.Find("nodes")?.Value));
    }

    // Of LEAST-MOST nodes there may be the least.
    private static bool IsSeveral(string? number) =>
        int.TryParse(number?.Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var several) && several > 1;
}
