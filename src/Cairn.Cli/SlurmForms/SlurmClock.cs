using System.Globalization;
using System.Text;

namespace Cairn.Cli.SlurmForms;

/// <summary>Instants as scontrol and squeue print them: local time, or whatever SLURM_TIME_FORMAT asks for.</summary>
/// <param name="format">SLURM_TIME_FORMAT of the one who asks; null or "standard" for the default.</param>
/// <param name="zone">The zone of local times.</param>
internal sealed class SlurmClock(string? format, TimeZoneInfo zone)
{
    private const string Standard = "%Y-%m-%dT%H:%M:%S";

    public string Format(DateTimeOffset? instant)
    {
        if (instant is not { } known)
            return "Unknown";
        var pattern = string.IsNullOrEmpty(format) || format is "standard" or "relative" ? Standard : format;
        var local = TimeZoneInfo.ConvertTime(known, zone);
        var text = new StringBuilder();
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] == '%' && i + 1 < pattern.Length)
                text.Append(Field(pattern[++i], local));
            else
                text.Append(pattern[i]);
        }

        return text.ToString();
    }

    private static string Field(char letter, DateTimeOffset local)
    {
        var pattern = letter switch
        {
            'Y' => "yyyy",
            'y' => "yy",
            'm' => "MM",
            'd' => "dd",
            'H' => "HH",
            'M' => "mm",
            'S' => "ss",
            'F' => "yyyy-MM-dd",
            'T' => "HH:mm:ss",
            _ => null,
        };
        return letter switch
        {
            's' => local.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
            '%' => "%",
            _ => pattern is null ? $"%{letter}" : local.ToString(pattern, CultureInfo.InvariantCulture),
        };
    }
}
