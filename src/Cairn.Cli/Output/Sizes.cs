using System.Globalization;

namespace Cairn.Cli.Output;

/// <summary>A size with a unit: 500kB, 64MiB, 2G. Units of powers of two end in iB, all others count thousands.</summary>
internal static class Sizes
{
    public const string Forms = "500kB, 64MiB or 2GB";

    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        var digits = text.Length;
        while (digits > 0 && char.IsAsciiLetter(text[digits - 1]))
            digits--;
        long? unit = text[digits..] switch
        {
            "" or "B" => 1,
            "k" or "K" or "kB" or "KB" => 1000,
            "M" or "MB" => 1000_000,
            "G" or "GB" => 1000_000_000,
            "KiB" => 1L << 10,
            "MiB" => 1L << 20,
            "GiB" => 1L << 30,
            _ => null,
        };
        if (unit is null || !long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > long.MaxValue / unit)
            return false;
        bytes = number * unit.Value;
        return true;
    }
}
