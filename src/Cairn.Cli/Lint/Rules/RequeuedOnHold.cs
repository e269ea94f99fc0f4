namespace Cairn.Cli.Lint.Rules;

/// <summary>scontrol requeuehold.</summary>
internal static class RequeuedOnHold
{
    public static LintRule Rule { get; } = new("CAIRN054", Level.Note, "the requeued job is held", Check);

    private static IEnumerable<Flaw> Check(LintedScript script) =>
        from requeue in script.Requeues().DistinctBy(requeue => requeue.Line)
        where requeue.Arguments.Contains("requeuehold", StringComparer.Ordinal)
        select new Flaw(requeue.Line, "requeuehold puts the job back on hold: it does not start before somebody releases it.", "If it is to go on by itself, write scontrol requeue; else scontrol release, by hand.");
}
