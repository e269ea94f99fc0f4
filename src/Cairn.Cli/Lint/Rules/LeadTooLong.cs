using Cairn.Cli.BatchScripts.Writing;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A lead as long as the wall time.</summary>
internal static class LeadTooLong
{
    public static LintRule Rule { get; } = new("CAIRN031", Level.Warning, "the warning comes at the start", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        // cairn run waits with a warning until the program is there.
        if (script.Flow.InFront is { UnderCairn: true })
            yield break;
        if (script.Wishes is { Warning: { } warning, Limit: { } limit } && JobPlanner.IsTooLong(warning.Lead, limit) && script.Find("signal") is { } directive)
        {
            yield return new(
                directive.Line,
                $"Slurm may warn a minute early: with a wall time of {Durations.Format(limit)} a lead of {Durations.Format(warning.Lead)} can bring the warning in the first second, {(script.Wishes.Warning.ToBatchShell && script.Flow.TrapOf(warning.Signal) is not null ? "when nothing is done yet" : "and it kills what is still loading")}.",
                "Ask for more time, or for a shorter lead.");
        }
    }
}
