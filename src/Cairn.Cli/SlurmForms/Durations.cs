using System.Globalization;

namespace Cairn.Cli.SlurmForms;

/// <summary>A number with a unit: 500ms, 20s, 5m, 2h, 1d.</summary>
internal static class Durations
{
    public const string Forms = "500ms, 20s, 5m, 2h or 1d";

    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        var digits = text.Length;
        while (digits > 0 && char.IsAsciiLetter(text[digits - 1]))
            digits--;
        double? unit = text[digits..] switch { "ms" => 0.001, "s" => 1, "m" => 60, "h" => 3600, "d" => 86400, _ => null };
        if (unit is null
            || !double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            || !double.IsFinite(number) || number * unit > TimeSpan.FromDays(3650).TotalSeconds)
            return false;
        duration = TimeSpan.FromSeconds(number * unit.Value);
        return true;
    }

    /// <summary>Short, for people: 0.4 s, 12 s, 3 min 20 s, 2 h 5 min.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration < TimeSpan.FromSeconds(9.95))
            return string.Create(CultureInfo.InvariantCulture, $"{Math.Round(Math.Max(0, duration.TotalSeconds), 1)} s");
        var whole = TimeSpan.FromSeconds(Math.Round(duration.TotalSeconds));
        if (whole.TotalMinutes < 1)
            return $"{whole.Seconds} s";
        if (whole.TotalHours < 1)
            return whole.Seconds == 0 ? $"{whole.Minutes} min" : $"{whole.Minutes} min {whole.Seconds} s";
        var hours = (int)whole.TotalHours;
        return whole.Minutes == 0 ? $"{hours} h" : $"{hours} h {whole.Minutes} min";
    }
}
