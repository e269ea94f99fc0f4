using System.Globalization;

namespace Cairn.Cli.SlurmForms;

/// <summary>What --signal asks for: a signal some time before the limit, to the tasks or (B:) to the batch shell alone.</summary>
/// <param name="Signal">The signal's number.</param>
/// <param name="Lead">How long before the end it comes; Slurm's default is 60 s.</param>
/// <param name="ToBatchShell">B: was given, so that only the batch shell hears it.</param>
internal sealed record WarningSignal(int Signal, TimeSpan Lead, bool ToBatchShell)
{
    public const string Forms = "[B:]SIGNAL[@LEAD], as USR2@60 (seconds) or B:USR1@8s";

    private static readonly TimeSpan DefaultLead = TimeSpan.FromSeconds(60);

    public static bool TryParse(string text, out WarningSignal? warning)
    {
        warning = null;
        var toBatchShell = false;
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
        {
            // R (for reservations) may stand beside B and changes nothing here.
            var flags = text[..colon].ToUpperInvariant();
            if (flags is not ("B" or "R" or "RB" or "BR"))
                return false;
            toBatchShell = flags.Contains('B', StringComparison.Ordinal);
            text = text[(colon + 1)..];
        }

        var lead = DefaultLead;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0 && !TryLead(text[(at + 1)..], out lead))
            return false;
        if (!SlurmSignals.TryParse(at >= 0 ? text[..at] : text, out var signal))
            return false;
        warning = new(signal, lead, toBatchShell);
        return true;
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{(ToBatchShell ? "B:" : "")}{SlurmSignals.Format(Signal)}@{Lead.TotalSeconds:0.###}");

    private static bool TryLead(string text, out TimeSpan lead)
    {
        if (Durations.TryParse(text, out lead))
            return true;
        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= 65535;
        lead = TimeSpan.FromSeconds(seconds);
        return isNumber;
    }
}
