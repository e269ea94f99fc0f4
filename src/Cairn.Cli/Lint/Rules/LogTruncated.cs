namespace Cairn.Cli.Lint.Rules;

/// <summary>No --open-mode=append in a job that comes back.</summary>
internal static class LogTruncated
{
    public static LintRule Rule { get; } = new("CAIRN040", Level.Warning, "a requeue empties the log", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (!script.WantsToSave() || script.Wishes.AppendsLog || (script.Wishes.NoRequeue && !script.WantsRequeue()) || script.Find("output")?.Value is "/dev/null"
            || (script.SubmitsItself() && !script.WantsRequeue())
            // It asks for its own log, to put it aside.
            || script.Lines.Any(written => written.Contains("StdOut=", StringComparison.Ordinal)))
            yield break;
        var line = (script.Find("open-mode") ?? script.Find("requeue") ?? script.Find("output") ?? script.Find("signal"))?.Line ?? 1;
        // To write truncate is to mean it; and where nothing asks for a requeue, only a lost node brings the job back.
        var isChosen = script.Find("open-mode") is not null;
        yield return new(
            line,
            "When the job is requeued, Slurm opens its log anew and empties it: what the attempts before wrote is lost.",
            "Add #SBATCH --open-mode=append.",
            isChosen || !(script.WantsRequeue() || OfOneJob(script)) ? [] : script.AddDirective("--open-mode=append"))
        {
            Level = isChosen || !script.WantsRequeue() ? Level.Note : null,
        };
    }

    // A log of any other name is there from the job before, and is to begin anew with this one.
    private static bool OfOneJob(LintedScript script) =>
        script.Find("output")?.Value is not { } name || name.Contains("%j", StringComparison.Ordinal) || name.Contains("%A", StringComparison.Ordinal);
}
