using System.Globalization;

namespace Cairn.Posix;

/// <summary>The signals of Linux, by name and number (x86-64 and arm64 share them): the one table of the house.</summary>
internal static class SignalName
{
    public const int Hup = 1;
    public const int Int = 2;
    public const int Quit = 3;
    public const int Ill = 4;
    public const int Trap = 5;
    public const int Abrt = 6;
    public const int Bus = 7;
    public const int Fpe = 8;
    public const int Kill = 9;
    public const int Usr1 = 10;
    public const int Segv = 11;
    public const int Usr2 = 12;
    public const int Pipe = 13;
    public const int Alrm = 14;
    public const int Term = 15;
    public const int StkFlt = 16;
    public const int Chld = 17;
    public const int Cont = 18;
    public const int Stop = 19;
    public const int Tstp = 20;
    public const int Ttin = 21;
    public const int Ttou = 22;
    public const int Urg = 23;
    public const int VtAlrm = 26;
    public const int Prof = 27;
    public const int Winch = 28;
    public const int Sys = 31;

    /// <summary>The first real-time signal: the kernel's first is 32, glibc keeps two for itself, and .NET interrupts its own threads by this one.</summary>
    public const int RealTimeMin = 34;

    /// <summary>The last real-time signal, and so the last of all.</summary>
    public const int RealTimeMax = 64;

    // By number, from 0.
    private static readonly string[] Names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT", "CHLD",
        "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    // No program can or should take these for a warning: they stop it at once, mean a fault, or come all the time.
    private static readonly int[] Unusable = [Int, Ill, Trap, Abrt, Bus, Fpe, Kill, Segv, Pipe, Term, Chld, Cont, Stop, Sys, RealTimeMin];

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

    /// <summary>A signal's name without SIG; its number where it has none.</summary>
    public static string Of(int number) =>
        number is > 0 and < 32 ? Names[number]
        : number is >= RealTimeMin and <= RealTimeMax ? $"RTMIN+{number - RealTimeMin}"
        : number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Whether it does nothing to a process that does not listen: CHLD, CONT, URG, WINCH.</summary>
    public static bool IsHarmless(int number) => number is Chld or Cont or Urg or Winch;
}
