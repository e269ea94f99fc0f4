using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;

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

        foreach (var command in script.Flow.Commands)
        {
            if (command.IsRequeue() && command.Place.Function is null && AtEveryFailure(script.Flow, command))
            {
                yield return new(
                    command.Line,
                    "Every failure requeues the job, also one that comes again at once, as a missing module or a full disk: then it never ends.",
                    "Requeue only where the program asks for it: code=0; PROGRAM || code=$?; [[ $code -eq 75 ]] && scontrol requeue ...");
                yield break;
            }
        }

        // Whatever can leave before it, or decides with && or if, is a decision.
        foreach (var command in script.Flow.Commands)
        {
            if (command.Name is "exit" or "exec" or "return" || (command.Name == "set" && command.Arguments.Any(word => word.StartsWith("-e", StringComparison.Ordinal))))
                yield break;
            if (!command.IsRequeue() || command.Place is not { Loop: false, Function: null })
                continue;
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

    // PROGRAM || requeue, if ! PROGRAM; then requeue, until PROGRAM; do requeue, if [ $? -ne 0 ]; then requeue: and nothing else decides.
    private static bool AtEveryFailure(ScriptFlow flow, ShellCommand requeue)
    {
        // What stands before it in the same list, as cd in cd dir && PROGRAM, may fail as well.
        var deciding = Deciding(flow, requeue);
        if (deciding.Count == 0 || deciding.Skip(1).Any(IsTest))
            return false;
        var decision = deciding[0];
        if (flow.Launches.Any(launch => ReferenceEquals(launch.Command, decision)))
            return requeue.Place.Otherwise || decision.Place.Negated != requeue.Place.Else;
        return IsTest(decision) && IsOfProgram(flow, decision) && ComparesToZero(decision, isEqual: requeue.Place.Else);
    }

    private static IReadOnlyList<ShellCommand> Deciding(ScriptFlow flow, ShellCommand requeue)
    {
        if (requeue.Place is { Loop: true, Conditional: false })
            return flow.Before(requeue).LastOrDefault(command => command.Place.Guarded) is { Place.Loop: true } condition ? [condition] : [];
        return requeue.Place.Else ? ScriptFlow.AlternativeOf(flow.Commands, requeue) : ScriptFlow.ConditionsOf(flow.Commands, requeue);
    }

    private static bool IsTest(ShellCommand command) => command.Name is "[" or "[[" or "test" or ShellCommand.Arithmetic;

    // $? is of the command before the test; a variable has it from the one before code=$?.
    private static bool IsOfProgram(ScriptFlow flow, ShellCommand test)
    {
        var before = flow.Before(test).ToArray();
        var words = string.Join(' ', test.Arguments);
        var at = words.Contains("$?", StringComparison.Ordinal)
            ? before.Length - 1
            : Array.FindLastIndex(before, command => command.Assignments.Any(set => set.Value is "$?" or "${?}" && words.Contains(set.Name, StringComparison.Ordinal))) - 1;
        return at >= 0 && (before[at].Name == "wait" || flow.Launches.Any(launch => ReferenceEquals(launch.Command, before[at])));
    }

    private static bool ComparesToZero(ShellCommand test, bool isEqual)
    {
        string[] words = [.. test.Arguments.SelectMany(word => word.Split(' ')).Where(word => word is not ("]" or "]]"))];
        // (( $? )) and (( code )).
        if (test.Name == ShellCommand.Arithmetic && words is [_])
            return !isEqual;
        return words is [_, var sign, "0"] && (isEqual ? sign is "-eq" or "==" or "=" : sign is "-ne" or "!=" or "-gt" or ">");
    }
}
