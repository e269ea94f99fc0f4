namespace Cairn;

/// <summary>A duration as a person says it; in a log message it is a number of seconds, too.</summary>
internal readonly struct Duration(TimeSpan duration) : INumbered
{
    /// <summary>For example <c>840 ms</c>, <c>12 s</c>, <c>3 min 20 s</c>, <c>36 h</c>; negative ones as <c>-12 s</c>.</summary>
    public static Duration Words(TimeSpan duration) => new(duration);

    public static implicit operator string(Duration duration) => duration.ToString();

    public IEnumerable<KeyValuePair<string, object?>> Numbers(string name) => [new($"{name}Seconds", duration.TotalSeconds)];

    public override string ToString()
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
