using System.Globalization;

namespace Cairn.Interruptions.Signals;

/// <summary>Names and numbers of signals on Linux (x86-64 and arm64 share them).</summary>
internal static class SignalName
{
    public const int Int = 2;
    public const int Kill = 9;
    public const int Term = 15;
    public const int Cont = 18;

    // The kernel's first is 32; glibc keeps two for itself, and .NET interrupts its own threads by the next.
    private const int RealTimeMin = 34;
    private const int RealTimeMax = 64;

    // By number, from 0.
    private static readonly string[] Names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD",
        "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    // No program can or should take these for a warning: they stop it at once, mean a fault, or come all the time.
    private static readonly int[] Unusable = [2, 4, 5, 6, 7, 8, 9, 11, 13, 15, 17, 18, 19, 31, RealTimeMin];

    /// <summary>A signal's number from a name (<c>USR2</c>, <c>SIGUSR2</c>, <c>RTMIN+3</c>) or a number; null when it is none.</summary>
    public static int? TryParse(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number is >= 1 and <= RealTimeMax and not 32 and not 33 ? number : null;
        var name = text.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? text[3..] : text;
        if (name.StartsWith("RTMIN+", StringComparison.OrdinalIgnoreCase))
            return int.TryParse(name[6..], NumberStyles.None, CultureInfo.InvariantCulture, out var above) && above <= RealTimeMax - RealTimeMin ? RealTimeMin + above : null;
        var index = Array.FindIndex(Names, one => one.Equals(name, StringComparison.OrdinalIgnoreCase));
        return index > 0 ? index : null;
    }

    /// <summary>The number of a signal that is to be a warning.</summary>
    /// <exception cref="ArgumentException">There is no such signal, or it cannot be a warning.</exception>
    public static int ParseWarning(string text)
    {
        var number = TryParse(text) ?? throw new ArgumentException($"'{text}' is no signal; use a name such as USR2 or RTMIN+3", nameof(text));
        return Unusable.Contains(number) ? throw new ArgumentException($"signal '{text}' cannot be a warning; use USR2 or USR1", nameof(text)) : number;
    }

    /// <summary>A signal's name without SIG.</summary>
    public static string Of(int number) =>
        number < Names.Length ? Names[number] : $"RTMIN+{number - RealTimeMin}";
}
