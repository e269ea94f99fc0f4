using System.Globalization;

namespace Cairn.Cli.SlurmNotation;

/// <summary>Names and numbers of Linux signals.</summary>
internal static class SignalName
{
    public const int Int = 2;
    public const int Kill = 9;
    public const int Term = 15;
    public const int Cont = 18;

    private static readonly string[] s_names =
    [
        "", "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
        "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];

    /// <summary>Reads <c>USR2</c>, <c>SIGUSR2</c>, <c>usr2</c> or <c>12</c>; null where it is no signal.</summary>
    public static int? TryParse(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number is > 0 and <= 64 ? number : null;
        var name = text.StartsWith("SIG", StringComparison.OrdinalIgnoreCase) ? text[3..] : text;
        var index = Array.FindIndex(s_names, known => string.Equals(known, name, StringComparison.OrdinalIgnoreCase));
        return index > 0 ? index : null;
    }

    /// <summary>For example <c>USR2</c>; the number where it has no name.</summary>
    public static string Of(int signal) =>
        signal > 0 && signal < s_names.Length ? s_names[signal] : signal.ToString(CultureInfo.InvariantCulture);
}
