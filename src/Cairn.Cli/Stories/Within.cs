namespace Cairn.Cli.Stories;

/// <summary>
/// What a journal says, within what can be reckoned with: it may say anything, and sums and differences of these neither
/// overflow nor go back in time.
/// </summary>
internal static class Within
{
    private const long Most = 1_000_000_000_000_000;
    private const double MostSeconds = 1e9; // thirty years

    /// <summary>A number of steps or bytes.</summary>
    public static long Count(long number) => Math.Clamp(number, 0, Most);

    /// <summary>A number of seconds; 0 for what is none.</summary>
    public static double Seconds(double seconds) => seconds is > 0 and < MostSeconds ? seconds : 0;

    /// <summary>From one instant to another, in seconds; 0 where a clock went back.</summary>
    public static double Between(DateTimeOffset from, DateTimeOffset to) => Math.Max(0, (to - from).TotalSeconds);

    /// <summary>So many seconds before an instant.</summary>
    public static DateTimeOffset Before(DateTimeOffset time, double seconds) =>
        Seconds(seconds) is var back && (time - DateTimeOffset.MinValue).TotalSeconds > back ? time - TimeSpan.FromSeconds(back) : time;

    public static DateTimeOffset Later(DateTimeOffset one, DateTimeOffset other) => one > other ? one : other;
}
