namespace Cairn.Cli.Lint.Rules;

/// <summary>--no-requeue in a job that requeues itself.</summary>
internal static class RequeueForbidden
{
    public static LintRule Rule { get; } = new("CAIRN041", Level.Warning, "the requeue is refused", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (!script.Wishes.NoRequeue || script.Find("no-requeue") is not { } directive || script.Requeues().FirstOrDefault() is not { } requeue
            || script.Flow.Commands.Any(command => command.Name == "scontrol" && command.Arguments.Any(word => word.StartsWith("Requeue=1", StringComparison.OrdinalIgnoreCase))))
            yield break;
        yield return new(
            directive.Line,
            $"With --no-requeue Slurm refuses the scontrol requeue of line {requeue.Line} (\"Requested operation is presently disabled\"): the job does not come back.",
            "Write --requeue.");
    }
}
