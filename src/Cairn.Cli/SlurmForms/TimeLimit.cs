using System.Globalization;

namespace Cairn.Cli.SlurmForms;

/// <summary>A wall time as Slurm writes it, and the short forms that a rehearsal needs.</summary>
internal static class TimeLimit
{
    public const string Forms = "20s, 5m, 2h, or Slurm's own: minutes (10), 10:30, 00:10:00, 1-12:00:00";

    /// <summary>
    /// Reads minutes, minutes:seconds, hours:minutes:seconds, days-hours[:minutes[:seconds]], and a number with the unit s, m, h or d.
    /// </summary>
    /// <param name="text">What was written.</param>
    /// <param name="limit">The time; null for no limit (UNLIMITED, INFINITE, -1, 0).</param>
    /// <returns>False when the text is none of these forms.</returns>
    public static bool TryParse(string text, out TimeSpan? limit)
    {
        limit = null;
        if (text is "UNLIMITED" or "INFINITE" or "-1" or "0")
            return true;
        var parsed = Durations.TryParse(text, out var duration) ? duration : ParseClock(text);
        if (parsed is null || parsed < TimeSpan.Zero)
            return false;
        // Slurm takes every form of zero for "no limit".
        limit = parsed == TimeSpan.Zero ? null : parsed;
        return true;
    }

    /// <summary>[days-]hours:minutes:seconds, as scontrol prints it; fractions of a second are rounded up, so that a limit is never shown as 0.</summary>
    public static string Format(TimeSpan? limit)
    {
        if (limit is not { } time)
            return "UNLIMITED";
        var whole = TimeSpan.FromSeconds(Math.Ceiling(time.TotalSeconds));
        var clock = $"{whole.Hours:00}:{whole.Minutes:00}:{whole.Seconds:00}";
        return whole.Days > 0 ? $"{whole.Days}-{clock}" : clock;
    }

    private static TimeSpan? ParseClock(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        if (dash == 0 || (dash > 0 && dash == text.Length - 1))
            return null;
        var fields = text[(dash + 1)..].Split(':');
        if (fields.Length > 3)
            return null;
        var numbers = new int[fields.Length];
        for (var i = 0; i < fields.Length; i++)
        {
            if (!TryNumber(fields[i], out numbers[i]))
                return null;
        }

        if (dash > 0)
        {
            return TryNumber(text[..dash], out var days)
                ? Sum(days, numbers[0], numbers.ElementAtOrDefault(1), numbers.ElementAtOrDefault(2))
                : null;
        }

        return numbers.Length switch
        {
            1 => Sum(0, 0, numbers[0], 0),
            2 => Sum(0, 0, numbers[0], numbers[1]),
            _ => Sum(0, numbers[0], numbers[1], numbers[2]),
        };
    }

    private static TimeSpan Sum(int days, int hours, int minutes, int seconds) =>
        TimeSpan.FromSeconds((((((days * 24L) + hours) * 60) + minutes) * 60) + seconds);

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < 1_000_000;
}
