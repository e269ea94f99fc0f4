using System.Globalization;

namespace Cairn.Cli.SlurmNotation;

/// <summary>Durations as Slurm writes them, and as people do: <c>20s</c>, <c>5m</c>, <c>2h</c>, <c>1d</c>.</summary>
internal static class SlurmDuration
{
    /// <summary>Reads a time limit: <c>10</c> (minutes), <c>mm:ss</c>, <c>hh:mm:ss</c>, <c>d-hh[:mm[:ss]]</c>, or a number with a unit.</summary>
    /// <exception cref="UsageException">The text is none of these, or zero.</exception>
    public static TimeSpan ParseLimit(string text, string option)
    {
        var limit = TryParseWithUnit(text) ?? TryParseSlurm(text) ?? throw new UsageException(
            $"{option} {text}: not a duration. Write minutes (10), mm:ss, hh:mm:ss, d-hh:mm:ss, or a number with a unit (20s, 5m, 2h, 1d).");
        return limit > TimeSpan.Zero ? limit : throw new UsageException($"{option} {text}: must be longer than nothing.");
    }

    /// <summary>Reads a wait: seconds, or a number with a unit (<c>500ms</c>, <c>8s</c>, <c>2m</c>); zero is allowed.</summary>
    /// <exception cref="UsageException">The text is neither.</exception>
    public static TimeSpan ParseSeconds(string text, string option)
    {
        if (TryParseWithUnit(text) is { } duration)
            return duration;
        return TryParseNumber(text) is { } seconds && seconds < MaximumSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new UsageException($"{option} {text}: not a duration. Write seconds (8), or a number with a unit (500ms, 8s, 2m).");
    }

    /// <summary>As <c>scontrol</c> prints it: <c>[d-]hh:mm:ss</c>.</summary>
    public static string Format(TimeSpan duration) => duration.Days > 0
        ? string.Create(CultureInfo.InvariantCulture, $"{duration.Days}-{duration:hh\\:mm\\:ss}")
        : duration.ToString("hh\\:mm\\:ss", CultureInfo.InvariantCulture);

    // Ten years: far below what TimeSpan and the clock can hold, far above any limit.
    private const double MaximumSeconds = 10 * 365 * 86400.0;

    private static readonly char[] s_unitLetters = [.. "adhimns"];

    private static TimeSpan? TryParseWithUnit(string text)
    {
        var number = text.TrimEnd(s_unitLetters);
        var unit = text[number.Length..] switch
        {
            "ms" => 0.001,
            "s" => 1,
            "m" or "min" => 60,
            "h" => 3600,
            "d" => 86400,
            _ => double.NaN,
        };
        return TryParseNumber(number) * unit is { } seconds and < MaximumSeconds ? TimeSpan.FromSeconds(seconds) : null;
    }

    private static TimeSpan? TryParseSlurm(string text)
    {
        var days = 0L;
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var clock = text[(dash + 1)..].Split(':');
        if (clock.Length > 3 || (dash >= 0 && !TryParseWhole(text[..dash], out days)))
            return null;

        Span<long> parts = stackalloc long[3];
        parts.Clear();
        // "10" is minutes and "10:30" minutes and seconds, but behind days the first part is always hours.
        var first = dash >= 0 || clock.Length == 3 ? 0 : 1;
        for (var i = 0; i < clock.Length; i++)
        {
            if (!TryParseWhole(clock[i], out parts[first + i]))
                return null;
        }

        var seconds = (days * 86400.0) + (parts[0] * 3600.0) + (parts[1] * 60.0) + parts[2];
        return seconds < MaximumSeconds ? TimeSpan.FromSeconds(seconds) : null;
    }

    private static bool TryParseWhole(string text, out long value) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static double? TryParseNumber(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) ? value : null;
}
