namespace Cairn.Cli.Lint.Rules;

/// <summary>scontrol requeue that nothing decides about.</summary>
internal static class RequeuesForEver
{
    public static LintRule Rule { get; } = new("CAIRN047", Level.Warning, "the job is requeued for ever", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        foreach (var trap in script.Flow.Traps.Where(trap => trap.OnExit))
        {
            if (trap.Actions.FirstOrDefault(action => action.IsRequeue()) is { Place.Conditional: false } requeue && !trap.Actions.TakeWhile(action => !ReferenceEquals(action, requeue)).Any(action => action.Name is "exit" or "return"))
                yield return new(trap.Line, $"The EXIT trap runs at every end of the script, also when the work is done: each attempt requeues the job (line {requeue.Line}), and it never ends.", "Requeue only where the program asks for it: trap 'code=$?; [[ $code -eq 75 ]] && scontrol requeue ...' EXIT.");
        }

        // Whatever can leave before it, or decides with && or if, is a decision.
        foreach (var (index, command) in script.Flow.Commands.Index())
        {
            if (command.Name is "exit" or "exec" or "return" || (command.Name == "set" && command.Arguments.Any(word => word.StartsWith("-e", StringComparison.Ordinal))))
                yield break;
            if (!command.IsRequeue() || command.Place is not { Loop: false, Function: null })
                continue;
            if (command.Place is { Conditional: true, Otherwise: true } && index > 0 && script.Flow.Commands[index - 1] is { Place.Guarded: true } before && script.Flow.Launches.Any(launch => ReferenceEquals(launch.Command, before)))
            {
                yield return new(
                    command.Line,
                    "Every failure requeues the job, also one that comes again at once, as a missing module or a full disk: then it never ends.",
                    "Requeue only where the program asks for it: code=0; PROGRAM || code=$?; [[ $code -eq 75 ]] && scontrol requeue ...");
                yield break;
            }

            if (!command.Place.Conditional)
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
