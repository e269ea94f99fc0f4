using System.Text.RegularExpressions;
using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.BatchScripts.Shell;
using Cairn.Cli.Lint;
using Cairn.Posix;

namespace Cairn.Cli.Adoption;

/// <summary>
/// Takes away what a script does by hand so that it is warned and comes back, and <c>cairn run</c> does instead: a trap that requeues
/// or passes the signal on, the &amp; behind the program, the wait for it. Only what is exactly that.
/// </summary>
internal static partial class HandMadeRequeue
{
    // What an action may do besides, for it only tells.
    private static readonly string[] Talk = ["echo", "printf", "date", ":", "true", "sync", "wait", "exit"];

    /// <summary>Takes it away.</summary>
    /// <returns>The signal that the traps gave to the program; null where none did.</returns>
    /// <exception cref="NotAdoptedException">It is more than that.</exception>
    public static int? TakeAway(Draft draft, Launch program)
    {
        var script = draft.Script;
        var changes = new LineChanges(script.Lines);
        int? passedOn = null;
        foreach (var trap in script.Flow.Traps.Where(IsForStop))
        {
            passedOn = Check(script, trap, program) ?? passedOn;
            TakeTrap(script, trap, changes);
        }

        if (script.SubmitsItself())
            throw new NotAdoptedException(SubmitLine(script), "it submits its own successor: with cairn run the job comes back by itself, and both would go on with the same work. Take the sbatch away");
        if (program.Command.Place.Background)
            ToFront(script, program, changes);
        if (changes.Edits() is { Count: > 0 } edits && !draft.Apply(edits))
            throw new NotAdoptedException(program.Command.Line, "what the script does by hand for the warning could not be taken away without changing more: take the traps and the & away");
        if (draft.Script.Requeues().FirstOrDefault() is { } requeue)
            throw new NotAdoptedException(OldLine(draft, requeue.Line), "the script requeues itself here in a way of its own: take that away, cairn run does it");
        return passedOn;
    }

    // One that only cleans up stays.
    private static bool IsForStop(Trap trap) =>
        !trap.Ignores ? trap.Actions.Any(action => action.IsRequeue() || action.Name == "kill") || trap.Signals.Any(signal => signal is SignalName.Usr1 or SignalName.Usr2)
        : trap.Signals.Any(signal => signal is SignalName.Usr1 or SignalName.Usr2);

    private static int? Check(LintedScript script, Trap trap, Launch program)
    {
        int? passedOn = null;
        if (trap.OnExit)
            throw new NotAdoptedException(trap.Line, "this trap runs at every end of the script: whether cairn run may take its place is not sure. Take the requeue or the kill out of it");
        foreach (var action in trap.Actions)
        {
            // while kill -0 $pid; do wait $pid; done
            if (action.Place.Loop && IsOfWaitLoop(action))
                continue;
            var conditions = ScriptFlow.ConditionsOf(trap.Actions, action);
            if (action.Place.Loop || (action.Place.Conditional && !(conditions.Count > 0 && conditions.All(AsksForProgram))))
                throw new NotAdoptedException(action.Line, $"the trap of line {trap.Line} decides something ({string.Join(' ', action.Words.Select(word => word.Text))}): take it away by hand. What cairn run decides is in docs/run.md; --max-attempts bounds the attempts");
            if (action.Words.Count == 0 || action.IsRequeue() || (action.Name is { } name && Talk.Contains(name, StringComparer.Ordinal)))
                continue;
            if (action.Place.Guarded && AsksForProgram(action))
                continue;
            if (action.Name == "kill" && ReferenceEquals(script.Flow.TargetsOf(action).FirstOrDefault()?.Command, program.Command) && ScriptFlow.SignalOf(action) is { } signal)
                passedOn = signal;
            else
                throw new NotAdoptedException(action.Line, $"the trap of line {trap.Line} does more than to requeue or to tell the program ({action.Name ?? action.Words[0].Raw}): what it does besides, the program has to do, or a command behind cairn run. Take the trap away by hand");
        }

        return passedOn;

        // [ -n "$pid" ], kill -0 $pid: whether there is something to tell.
        bool AsksForProgram(ShellCommand action) =>
            ((action.Name is "[" or "[[" or "test" && action.Arguments.FirstOrDefault() == "-n") || (action.Name == "kill" && action.Arguments.FirstOrDefault() == "-0"))
            && ReferenceEquals(script.Flow.TargetsOf(action).FirstOrDefault()?.Command, program.Command);
    }

    private static void TakeTrap(LintedScript script, Trap trap, LineChanges changes)
    {
        var command = script.Shell.Commands.FirstOrDefault(one => one.Name == "trap" && one.Line == trap.Line);
        if (command is null || command.Place != default || !StandsAlone(script, command))
            throw new NotAdoptedException(trap.Line, "this trap does not stand alone in its line: take it away by hand");
        for (var line = command.Line; line <= LineChanges.EndOf(command.Words[^1]).Line; line++)
            changes.Remove(line);
        var action = command.Words.FirstOrDefault(word => word.Text is not ("trap" or "--"));
        if (action is { IsLiteral: true } && action.Text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'))
            TakeFunction(script, action.Text, changes);
    }

    // Where it is used elsewhere, or not written as most people do, it stays: nobody calls it then.
    private static void TakeFunction(LintedScript script, string name, LineChanges changes)
    {
        var body = script.Shell.Commands.Where(command => command.Place.Function == name).ToArray();
        if (body.Length == 0 || script.Shell.Commands.Any(command => command.Name == name || (command.Name == "trap" && !changes.Removes(command.Line) && command.Words.Any(word => word.Text == name))))
            return;
        var begin = body[0].Line;
        while (begin > 0 && !Begins(script.Lines[begin - 1], name))
            begin--;
        var end = body[^1].Line;
        while (end <= script.Lines.Count && !script.Lines[end - 1].TrimEnd().EndsWith('}'))
            end++;
        if (begin == 0 || end > script.Lines.Count || script.Shell.Commands.Any(command => command.Line >= begin && command.Line <= end && command.Place.Function != name))
            return;
        for (var line = begin; line <= end; line++)
            changes.Remove(line);
    }

    // name() {, function name {, or the { in the next line.
    private static bool Begins(string line, string name)
    {
        var words = line.Trim();
        if (words.StartsWith("function ", StringComparison.Ordinal))
            words = words["function ".Length..].TrimStart();
        return words.StartsWith(name, StringComparison.Ordinal) && words[name.Length..].Trim() is [] or ['(' or '{', ..];
    }

    private static bool Uses(string line, string name)
    {
        for (var at = line.IndexOf(name, StringComparison.Ordinal); at >= 0; at = line.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            var end = at + name.Length;
            if (at > 0 && line[at - 1] is '$' or '{' && (end == line.Length || !(char.IsAsciiLetterOrDigit(line[end]) || line[end] == '_')))
                return true;
        }

        return false;
    }

    // PROGRAM & pid=$! ... wait $pid is PROGRAM.
    private static void ToFront(LintedScript script, Launch program, LineChanges changes)
    {
        var pids = new List<string>();
        var written = ProgramChoice.Written(script, program);
        var (line, column, text) = LineChanges.Behind(script.Lines, written.Words[^1]).Last();
        if (Ampersand().Match(text) is not { Success: true } ampersand)
            throw new NotAdoptedException(program.Command.Line, $"{program.Name} runs in the background, and other things stand in its line: write it in a line of its own");
        if (ampersand.Groups["pid"] is { Success: true } pid)
            pids.Add(pid.Value);
        var from = text[..ampersand.Index].TrimEnd().Length;
        changes.Replace(line, column + from, text.Length - from, ampersand.Groups["comment"].Success ? " " + ampersand.Groups["comment"].Value : "");

        ShellCommand[] behind = [.. script.Shell.Commands.Where(command => command.Line > line && command.Place is { Function: null, Substitution: false })];
        var waited = ampersand.Groups["wait"].Success;
        foreach (var command in behind)
        {
            if (changes.Removes(command.Line))
                continue;
            if (command is { Words.Count: 0, Assignments: [{ Value: "$!" } set], Place: var place } && place == default && StandsAlone(script, command))
                pids.Add(set.Name);
            else if (IsWait(command, pids) && command.Place == default && StandsAlone(script, command))
                waited = true;
            else if (!waited && command is { Place.Loop: true, Name: "kill" or "wait" } && Loop(script, behind, command) is { } last)
                (waited, _) = (true, TakeLines(changes, command.Line, last));
            else
                break;
            changes.Remove(command.Line);
        }

        if (!waited)
            throw new NotAdoptedException(program.Command.Line, $"{program.Name} runs in the background, and what the script does until it has ended is more than to wait: start it in the foreground");
        if (pids.Find(pid => IsUsed(script, changes, line, pid)) is { } used)
            throw new NotAdoptedException(program.Command.Line, $"the script uses ${used}, the process of {program.Name}, for more than a trap and the wait: start it in the foreground by hand");
    }

    private static bool IsUsed(LintedScript script, LineChanges changes, int besides, string pid)
    {
        for (var line = 1; line <= script.Lines.Count; line++)
        {
            if (line != besides && !changes.Removes(line) && Uses(script.Lines[line - 1], pid))
                return true;
        }

        return false;
    }

    private static bool IsWait(ShellCommand command, List<string> pids) =>
        command is { Name: "wait" } && command.Arguments.All(word => word is "$!" || pids.Contains(word.Trim('"').TrimStart('$').Trim('{', '}')));

    // while kill -0 $pid; do wait $pid; done: the line of its done; null where it is another loop.
    private static int? Loop(LintedScript script, ShellCommand[] behind, ShellCommand first)
    {
        if (!script.Lines[first.Line - 1].TrimStart().StartsWith("while ", StringComparison.Ordinal) && !script.Lines[first.Line - 1].TrimStart().StartsWith("until ", StringComparison.Ordinal))
            return null;
        ShellCommand[] inside = [.. behind.SkipWhile(command => !ReferenceEquals(command, first)).TakeWhile(command => command.Place.Loop)];
        if (!inside.All(IsOfWaitLoop) || !inside.Any(command => command.Name == "wait"))
            return null;
        for (var line = inside[^1].Line; line <= script.Lines.Count; line++)
        {
            var text = script.Lines[line - 1].TrimEnd();
            if (text.EndsWith("done", StringComparison.Ordinal))
                return line;
        }

        return null;
    }

    private static bool IsOfWaitLoop(ShellCommand command) =>
        command.Name is "wait" or "sleep" or ":" or "true" || (command.Name == "kill" && command.Arguments.FirstOrDefault() == "-0");

    private static bool TakeLines(LineChanges changes, int first, int last)
    {
        for (var line = first; line <= last; line++)
            changes.Remove(line);
        return true;
    }

    // Nothing else is in its lines.
    private static bool StandsAlone(LintedScript script, ShellCommand command)
    {
        var (first, last) = (command.Line, command.Words.Count > 0 ? LineChanges.EndOf(command.Words[^1]).Line : command.Line);
        var text = script.Lines[first - 1].TrimStart();
        return text.StartsWith(command.Words.Count > 0 ? command.Words[0].Raw : command.Assignments[0].Name + "=", StringComparison.Ordinal)
            && !script.Shell.Commands.Any(other => !ReferenceEquals(other, command) && !other.Place.Substitution && other.Line >= first && other.Line <= last);
    }

    private static int SubmitLine(LintedScript script) =>
        script.Flow.Commands.Concat(script.Flow.Traps.SelectMany(trap => trap.Actions)).FirstOrDefault(command => command.Words.Any(word => word.Text.Contains("sbatch", StringComparison.Ordinal)))?.Line ?? 1;

    private static int? OldLine(Draft draft, int line) => draft.Origins[line - 1] + 1;

    [GeneratedRegex(@"(?<![&>])&(?![&>])\s*((?<pid>[A-Za-z_]\w*)=\$!\s*)?(?<wait>wait(\s+\$!)?\s*)?(?<comment>#.*)?$", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Ampersand();
}
