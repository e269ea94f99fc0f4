using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A trap, and the program in the foreground.</summary>
internal static class TrapWaits
{
    public static LintRule Rule { get; } = new("CAIRN022", Level.Warning, "the trap waits for a foreground program", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (script.Wishes.Warning is not { ToBatchShell: true } warning || script.Flow.TrapOf(warning.Signal) is not { Ignores: false } trap
            || script.Flow.InFront is not { ReplacesShell: false, Command.Place: { Background: false, Subshell: false } } main || trap.Line > main.Command.Line)
            yield break;
        var signal = SignalNames.Format(warning.Signal);
        yield return new(
            main.Command.Line,
            main.DecidesOverJob
                ? $"bash runs the trap of line {trap.Line} only when cairn run, in the foreground, has ended. {signal} reaches nobody: cairn run has the deadline alone to go by."
                : $"bash runs the trap of line {trap.Line} only when {main.Name}, in the foreground, has ended. {signal} changes nothing, and at the limit all of it is killed.",
            main.DecidesOverJob
                ? "Write exec cairn run, without a trap: it hears the signal itself."
                : "Start the program with & and wait for it, again after the signal: while kill -0 $pid 2> /dev/null; do wait $pid; done.");
    }
}
