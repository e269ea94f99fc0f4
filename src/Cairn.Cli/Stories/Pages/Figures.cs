using System.Globalization;

namespace Cairn.Cli.Stories.Pages;

/// <summary>Numbers as a report writes them.</summary>
internal static class Figures
{
    public static string Time(double seconds) => seconds == 0 ? "0 s" : Duration.Words(TimeSpan.FromSeconds(Math.Min(seconds, 1e10)));

    public static string Hours(double seconds) => (seconds / 3600).ToString(seconds >= 360_000 ? "0" : seconds >= 3600 ? "0.0" : "0.###", CultureInfo.InvariantCulture);

    public static string Hours(double? seconds) => seconds is { } known ? Hours(known) : "";

    public static string Share(double? share) => share is { } known && double.IsFinite(known) ? (known * 100).ToString("0.0", CultureInfo.InvariantCulture) + " %" : "";

    public static string Of(double part, double whole) => whole > 0 ? Share(part / whole) : "";

    public static string Count(long? number) => number is { } known ? known.ToString(CultureInfo.InvariantCulture) : "";

    /// <summary>At an axis, where there is less room.</summary>
    public static string Mark(double value) => value.ToString("G3", CultureInfo.InvariantCulture);

    public static string Value(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    public static string Instant(DateTimeOffset? time) => time is { } known ? known.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) : "";

    public static string Bytes(double bytes) => bytes switch
    {
        >= 1e12 => Scaled(bytes, 1e12, "TB"),
        >= 1e9 => Scaled(bytes, 1e9, "GB"),
        >= 1e6 => Scaled(bytes, 1e6, "MB"),
        >= 1e3 => Scaled(bytes, 1e3, "kB"),
        _ => Scaled(bytes, 1, "B"),
    };

    private static string Scaled(double bytes, double unit, string name) => (bytes / unit).ToString("0.##", CultureInfo.InvariantCulture) + " " + name;
}
