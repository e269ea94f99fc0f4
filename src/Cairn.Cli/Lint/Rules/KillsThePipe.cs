using Cairn.Cli.BatchScripts.Shell;

namespace Cairn.Cli.Lint.Rules;

/// <summary>$! of a pipeline is its last command.</summary>
internal static class KillsThePipe
{
    public static LintRule Rule { get; } = new("CAIRN028", Level.Warning, "the trap signals the end of the pipe", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Wishes.Warning is not { ToBatchShell: true } warning || script.Flow.TrapOf(warning.Signal) is not { } trap
            || script.Flow.Main is not { Command: { Place: { Background: true, Piped: true } } command } main)
            yield break;
        if (script.Flow.After(command).FirstOrDefault() is not { Name: { } last } || last == "wait" || trap.Actions.FirstOrDefault(TakesLastProcess) is not { } kill)
            yield break;
        yield return new(
            kill.Line,
            $"$! of the pipeline in line {command.Line} is its last command, {last}: the trap signals that, and {main.Name} hears nothing.",
            $"Start the program alone, its output through a substitution: {main.Word} ... > >({last} ...) &.");

        bool TakesLastProcess(ShellCommand action) => action.Name == "kill" && action.Arguments.Any(word => word is ['$', ..] &&
            (word == "$!" || script.Flow.After(command).Any(after => after.Assignments.Any(set => set.Value == "$!" && word.Trim('$', '{', '}') == set.Name))));
    }
}
