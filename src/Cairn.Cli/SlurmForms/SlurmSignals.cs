using System.Globalization;
using Cairn.Posix;

namespace Cairn.Cli.SlurmForms;

/// <summary>The signals that Slurm's options take (<c>--signal</c>, <c>scancel -s</c>): by name, with or without SIG, in any case, or by number.</summary>
internal static class SlurmSignals
{
    // Slurm knows no other by name, and no RTMIN.
    private static readonly HashSet<int> WithoutName = [SignalName.Ill, SignalName.Trap, SignalName.Bus, SignalName.Fpe, SignalName.StkFlt, SignalName.Sys];

    public static bool TryParse(string text, out int number)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            return number is > 0 and <= SignalName.RealTimeMax;
        number = SignalName.TryParse(text) is { } named and < SignalName.RealTimeMin && !WithoutName.Contains(named) ? named : 0;
        return number > 0;
    }

    /// <summary>As Slurm reads it.</summary>
    public static string Format(int number) =>
        number >= SignalName.RealTimeMin || WithoutName.Contains(number) ? number.ToString(CultureInfo.InvariantCulture) : SignalName.Of(number);
}
