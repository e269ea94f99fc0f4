using Cairn.Interruptions.Signals;

namespace Cairn.Cli.Doctor.Checks;

/// <summary>What this process inherited ignored or blocked, whatever is started beside it inherits too.</summary>
internal static class SignalsCheck
{
    private static readonly int[] Wanted = [10, 12, SignalName.Term, SignalName.Int];

    public static IEnumerable<Diagnosis> Judge(Patient patient)
    {
        var (signals, found) = (patient.Signals, false);
        if (Names(signals.IsIgnored) is { Length: > 0 } ignored)
        {
            found = true;

            // A shell ignores INT for what it starts in the background.
            yield return ignored == "INT"
                ? new("signals", Verdict.Note, "INT is inherited ignored, as shells do for what runs in the background: Ctrl-C does not stop it.")
                : new("signals", Verdict.Warning, $"{ignored} inherited ignored: bash never hears it, and many programs neither. A run with Cairn listens all the same.", "Look for trap '' in the script, or nohup, above this.");
        }

        if (Names(signals.IsBlocked) is { Length: > 0 } blocked)
        {
            found = true;
            yield return new("signals", Verdict.Warning, $"{blocked} inherited blocked: a handler in Python or C never runs, the signal waits for ever. A run with Cairn reads it all the same.", "Start the program without what blocks it.");
        }

        if (!found)
            yield return new("signals", Verdict.Ok, "USR1, USR2, TERM and INT are neither ignored nor blocked.");
    }

    private static string Names(Predicate<int> holds) => string.Join(", ", Wanted.Where(signal => holds(signal)).Select(SignalName.Of));
}
