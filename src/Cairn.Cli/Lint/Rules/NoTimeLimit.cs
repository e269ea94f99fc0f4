namespace Cairn.Cli.Lint.Rules;

/// <summary>--signal without --time.</summary>
internal static class NoTimeLimit
{
    public static LintRule Rule { get; } = new("CAIRN032", Level.Warning, "no --time", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Wishes is { Warning: not null, Limit: null } && script is { Refused.Count: 0, IsTemplate: false } && script.Find("signal") is { } directive
            && (script.Find("time")?.Value is null or "0" or "UNLIMITED" or "INFINITE"))
        {
            yield return new(
                directive.Line,
                "The warning comes before the job's time limit, and the script asks for none: the partition's default counts, which may be minutes, or nothing at all.",
                "Add --time.");
        }
    }
}
