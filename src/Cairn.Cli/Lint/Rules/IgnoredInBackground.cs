using Cairn.Cli.BatchScripts.Launches;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.Lint.Rules;

/// <summary>kill -INT of a program that was started with an &amp;.</summary>
internal static class IgnoredInBackground
{
    public static LintRule Rule { get; } = new("CAIRN034", Level.Warning, "a background program ignores INT", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        var kills = script.Flow.Traps.SelectMany(trap => trap.Actions).Concat(script.Flow.Commands).Where(command => command.Name == "kill");
        foreach (var kill in kills.DistinctBy(kill => kill.Line))
        {
            if (ScriptFlow.SignalOf(kill) is not { } signal || signal is not (SignalName.Int or 3) || script.Flow.TargetsOf(kill).FirstOrDefault(launch => launch is { Srun: null, UnderCairn: false, MayStartSteps: false }) is not { } target
                || script.IsOn('m', target.Command) || HasHandler(script, target))
                continue;
            yield return new(
                kill.Line,
                $"What bash starts with & begins with INT and QUIT ignored: {target.Name} does not hear this {SlurmSignals.Format(signal)}, unless it sets a handler itself. Python then raises no KeyboardInterrupt.",
                "Send USR1, and let the program listen to that; or write set -m above the program.");
        }
    }

    private static bool HasHandler(LintedScript script, Launch launch) =>
        launch.Program.FirstOrDefault(word => word.Text.EndsWith(".py", StringComparison.Ordinal)) is { IsLiteral: true } file
        && script.Around.ProgramText(file.Text) is { } program && program.Contains("SIGINT", StringComparison.Ordinal);
}
