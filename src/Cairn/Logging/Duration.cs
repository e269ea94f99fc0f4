namespace Cairn;

/// <summary>Durations as a person says them.</summary>
internal static class Duration
{
    /// <summary>For example <c>840 ms</c>, <c>12 s</c>, <c>3 min 20 s</c>, <c>36 h</c>; negative ones as <c>-12 s</c>.</summary>
    public static string Words(TimeSpan duration)
    {
        if (duration < TimeSpan.Zero)
            return "-" + Words(duration.Negate());
        if (duration < TimeSpan.FromSeconds(1))
            return $"{duration.TotalMilliseconds:0} ms";
        if (duration < TimeSpan.FromSeconds(10))
            return $"{duration.TotalSeconds:0.#} s";
        if (duration < TimeSpan.FromMinutes(1))
            return $"{duration.TotalSeconds:0} s";
        if (duration < TimeSpan.FromHours(1))
            return duration.Seconds == 0 ? $"{duration.Minutes} min" : $"{duration.Minutes} min {duration.Seconds} s";
        return duration.Minutes == 0 ? $"{(long)duration.TotalHours} h" : $"{(long)duration.TotalHours} h {duration.Minutes} min";
    }
}
