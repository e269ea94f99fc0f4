using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.Lint.Rules;

/// <summary>trap '' before a program that takes the shell's place.</summary>
internal static class SignalIgnored
{
    public static LintRule Rule { get; } = new("CAIRN027", Level.Warning, "the program inherits an ignored signal", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        if (!script.WantsToSave() || script.Flow.Main is not { Srun: null } main)
            yield break;
        foreach (var trap in script.Flow.Traps)
        {
            if (!trap.Ignores || trap.Line > main.Command.Line || script.Flow.TrapOf(trap.Signals[0]) != trap)
                continue;
            if (trap.Signals.Any(signal => signal == SignalName.Term || signal == script.Wishes.Warning?.Signal))
            {
                yield return new(
                    trap.Line,
                    $"trap '' is inherited: {main.Name} starts with {string.Join(" and ", trap.Signals.Select(SlurmSignals.Format))} ignored, and hears it only if it installs a handler of its own over that; a shell never can.",
                    "Take the trap away, or let it do something: trap ':' SIGNAL is not inherited.");
            }
        }
    }
}
