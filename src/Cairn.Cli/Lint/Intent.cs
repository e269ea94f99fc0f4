using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint;

/// <summary>What the script seems to mean. A job that asks for nothing of this is a plain job, and most rules leave it alone.</summary>
internal static class Intent
{
    /// <summary>The calls of scontrol requeue, in traps and functions too.</summary>
    public static IEnumerable<ShellCommand> Requeues(this LintedScript script) =>
        script.Flow.Commands.Concat(script.Flow.Traps.SelectMany(trap => trap.Actions)).Where(IsRequeue);

    public static bool IsRequeue(this ShellCommand command) => command.Name == "scontrol" && command.Arguments.Any(word => word is "requeue" or "requeuehold");

    /// <summary>The job is to come back: by --requeue, its own scontrol requeue, or cairn run.</summary>
    public static bool WantsRequeue(this LintedScript script) =>
        script.Wishes.Requeue || script.Requeues().Any() || script.Flow.Launches.Any(launch => launch.UnderCairn);

    /// <summary>The job is to come back, or at least to save before its end. What else a template will ask for is not known.</summary>
    public static bool WantsToSave(this LintedScript script) => !script.IsTemplate && (script.Wishes.Warning is not null || script.WantsRequeue());

    /// <summary>A new job goes on where this one ends.</summary>
    public static bool SubmitsItself(this LintedScript script) =>
        script.Flow.Commands.Concat(script.Flow.Traps.SelectMany(trap => trap.Actions))
            .Any(command => command.Name == "sbatch" || (command.Name is "ssh" or "srun" or "nohup" && command.Arguments.Any(word => word.Contains("sbatch", StringComparison.Ordinal))));
}
