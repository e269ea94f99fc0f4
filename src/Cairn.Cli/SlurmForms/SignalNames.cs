using System.Globalization;

namespace Cairn.Cli.SlurmForms;

/// <summary>Linux signal numbers by the names that Slurm takes (with or without SIG, any case).</summary>
internal static class SignalNames
{
    public const int Hup = 1;
    public const int Int = 2;
    public const int Kill = 9;
    public const int Usr1 = 10;
    public const int Usr2 = 12;
    public const int Alrm = 14;
    public const int Term = 15;
    public const int Chld = 17;
    public const int Cont = 18;
    public const int Stop = 19;
    public const int Tstp = 20;
    public const int VtAlrm = 26;
    public const int Prof = 27;
    public const int Highest = 64;

    private static readonly (string Name, int Number)[] Known =
    [
        ("HUP", 1), ("INT", 2), ("QUIT", 3), ("ABRT", 6), ("KILL", 9), ("USR1", 10), ("SEGV", 11), ("USR2", 12), ("PIPE", 13),
        ("ALRM", 14), ("TERM", 15), ("CHLD", 17), ("CONT", 18), ("STOP", 19), ("TSTP", 20), ("TTIN", 21), ("TTOU", 22),
        ("URG", 23), ("XCPU", 24), ("XFSZ", 25), ("VTALRM", 26), ("PROF", 27), ("WINCH", 28), ("IO", 29), ("PWR", 30),
    ];

    /// <summary>CHLD, CONT, URG and WINCH do nothing to a process that does not listen.</summary>
    public static bool IsHarmless(int signal) => signal is 17 or Cont or 23 or 28;

    public static bool TryParse(string text, out int number)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number))
            return number is > 0 and <= Highest;
        var name = text.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? text[3..] : text;
        number = Array.Find(Known, known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase)).Number;
        return number > 0;
    }

    public static string Format(int number) =>
        Array.Find(Known, known => known.Number == number).Name ?? number.ToString(CultureInfo.InvariantCulture);
}
