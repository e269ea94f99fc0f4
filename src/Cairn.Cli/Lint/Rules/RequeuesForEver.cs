namespace Cairn.Cli.Lint.Rules;

/// <summary>scontrol requeue that nothing decides about.</summary>
internal static class RequeuesForEver
{
    public static LintRule Rule { get; } = new("CAIRN047", Level.Warning, "the job is requeued for ever", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        // Whatever can leave before it, or decides with && or if, is a decision.
        foreach (var command in script.Flow.Commands)
        {
            if (command.Name is "exit" or "exec" or "return" || (command.Name == "set" && command.Arguments.Any(word => word.StartsWith("-e", StringComparison.Ordinal))))
                yield break;
            if (command.IsRequeue() && command.Place is { Conditional: false, Loop: false, Function: null })
            {
                yield return new(
                    command.Line,
                    "Every attempt comes here and requeues the job, also the one that has finished the work: it never ends.",
                    "Requeue only where the program asks for it: code=$?; [[ $code -eq 75 ]] && scontrol requeue ...");
                yield break;
            }
        }
    }
}
