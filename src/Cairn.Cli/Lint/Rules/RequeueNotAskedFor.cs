namespace Cairn.Cli.Lint.Rules;

/// <summary>A requeue that depends on the cluster's default.</summary>
internal static class RequeueNotAskedFor
{
    public static LintRule Rule { get; } = new("CAIRN042", Level.Note, "the requeue depends on the cluster's default", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (!script.WantsToSave() || script.Wishes.Requeue || script.Wishes.NoRequeue || (script.SubmitsItself() && !script.WantsRequeue()))
            yield break;
        var line = (script.Find("signal")?.Line ?? script.Requeues().FirstOrDefault()?.Line) ?? script.Flow.Main?.Command.Line ?? 1;
        yield return new(
            line,
            "The script does not say --requeue: where the cluster has JobRequeue=0, the job is not put back, neither by itself nor when its node fails.",
            "Add #SBATCH --requeue, which is allowed there too.",
            // Of a job that submits its successor itself a second one in the same folder could come.
            script.WantsRequeue() && !script.SubmitsItself() ? script.AddDirective("--requeue") : []);
    }
}
