using System.Text.RegularExpressions;
using Cairn.Cli.SlurmForms;
using Cairn.Posix;

namespace Cairn.Cli.Lint.Rules;

/// <summary>A trap of USR1, and no --signal.</summary>
internal static partial class NobodySendsSignal
{
    public static LintRule Rule { get; } = new("CAIRN036", Level.Warning, "a trap waits for a signal that nobody sends", Check);

    private static IEnumerable<Flaw> Check(LintedScript script)
    {
        // Where the script, a comment in it or a program of it speaks of the signal, it may come from there; a script without directives is another's.
        if (script.Directives.Count == 0 || script.Find("signal") is not null || script.Lines.Any(line => Asked().IsMatch(line) && !IsSwitchedOff(line)))
            yield break;
        foreach (var trap in script.Flow.Traps)
        {
            if (trap.Ignores || trap.OnExit || trap.Actions.Count == 0 || !trap.Signals.All(signal => signal is SignalName.Usr1 or SignalName.Usr2))
                continue;
            var names = trap.Signals.Select(SlurmSignals.Format).ToArray();
            // What the trap itself sends it passes on.
            if (script.Flow.Commands.Concat(script.Flow.Traps.Where(other => !ReferenceEquals(other, trap)).SelectMany(other => other.Actions)).Any(command => command.Name is "kill" or "scancel" or "timeout" && command.Arguments.Any(word => names.Any(name => word.Contains(name, StringComparison.Ordinal)))))
                continue;
            yield return new(
                trap.Line,
                $"The script waits for {string.Join(" and ", names)}, but no directive asks Slurm for it: before the limit nothing comes, and the trap does not run. (Only sbatch --signal on the command line could ask for it.)",
                $"Add #SBATCH --signal=B:{names[0]}@120.");
        }
    }

    // A directive that is none any more asks for nothing, and was once meant to.
    private static bool IsSwitchedOff(string line) => line.TrimStart('#', ' ', '\t').StartsWith("SBATCH", StringComparison.Ordinal);

    [GeneratedRegex(@"--signal[= ]""?([BR]+:)?(SIG)?(USR[12]|[0-9]+|\$)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Asked();
}
