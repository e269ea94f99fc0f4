using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint.Rules;

/// <summary>Too little time between the warning and the limit.</summary>
internal static class LeadTooShort
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Usual = TimeSpan.FromSeconds(120);

    public static LintRule Rule { get; } = new("CAIRN030", Level.Warning, "the warning's lead is short", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Wishes is not { Warning: { } warning } wishes || script.Find("signal") is not { } directive)
            yield break;
        if (script.Around.StepAndSave is { } known && warning.Lead < known.Time)
        {
            var enough = TimeSpan.FromSeconds(Math.Ceiling(2 * known.Time.TotalSeconds));
            yield return new(
                directive.Line,
                $"The warning comes {Durations.Format(warning.Lead)} before the limit, but the longest step and a save take {Durations.Format(known.Time)} ({known.Source}): the job is killed before it has saved.",
                $"Give it a lead of {enough.TotalSeconds:0} s.",
                Fix(enough < Usual ? Usual : enough));
        }
        else if (warning.Lead < Least && script.Around.StepAndSave is null)
        {
            yield return new(
                directive.Line,
                $"Slurm looks at its jobs every 30 s, and no more than {warning.Lead.TotalSeconds:0} s before the limit is promised: the rest of the step and the save must fit in there, on a bad day too.",
                $"Give it a lead of {Usual.TotalSeconds:0} s, or the longest step and a save, doubled.",
                Fix(Usual));
        }

        IReadOnlyList<LineEdit> Fix(TimeSpan lead) =>
            wishes.Limit is { } limit && limit >= lead + (2 * Least) && WarningSignal.TryParse(directive.Value!, out _)
                ? script.SetValue(directive, $"{directive.Value!.Split('@')[0]}@{lead.TotalSeconds:0}")
                : [];
    }
}
