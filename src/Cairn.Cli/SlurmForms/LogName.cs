using System.Globalization;
using System.Text;

namespace Cairn.Cli.SlurmForms;

/// <summary>The replacement letters in --output and --error: %j, %x and their like.</summary>
/// <param name="JobId">%j and %A: the job's id is its array's too; with the step's number %J.</param>
/// <param name="ArrayTask">%a; null outside of an array.</param>
/// <param name="JobName">%x.</param>
/// <param name="User">%u.</param>
/// <param name="Node">%N.</param>
internal sealed record LogName(int JobId, int? ArrayTask, string JobName, string User, string Node)
{
    /// <summary>%s; null for the batch script.</summary>
    public int? Step { get; init; }

    /// <summary>%t.</summary>
    public int Rank { get; init; }

    /// <summary>%n.</summary>
    public int NodeNumber { get; init; }

    /// <summary>Fills the pattern in. A backslash switches the replacement off, as in Slurm; a width (%4j) pads with zeros.</summary>
    /// <exception cref="UsageException">A letter that Slurm does not know.</exception>
    public string Fill(string pattern)
    {
        if (pattern.Contains('\\', StringComparison.Ordinal))
            return pattern.Replace("\\", "", StringComparison.Ordinal);
        var name = new StringBuilder();
        for (var i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != '%')
            {
                name.Append(pattern[i]);
                continue;
            }

            var width = 0;
            while (++i < pattern.Length && char.IsAsciiDigit(pattern[i]))
                width = Math.Min((width * 10) + (pattern[i] - '0'), 10);
            if (i == pattern.Length)
                throw new UsageException($"The log name '{pattern}' ends in the middle of a replacement; write %% for a percent sign.");
            name.Append(Replacement(pattern[i], pattern).PadLeft(width, '0'));
        }

        return name.ToString();
    }

    private string Replacement(char letter, string pattern) => letter switch
    {
        '%' => "%",
        'J' when Step is { } step => string.Create(CultureInfo.InvariantCulture, $"{JobId}.{step}"),
        'j' or 'J' or 'A' => JobId.ToString(CultureInfo.InvariantCulture),
        'x' => JobName,
        'u' => User,
        'N' => Node,
        'n' => NodeNumber.ToString(CultureInfo.InvariantCulture),
        't' => Rank.ToString(CultureInfo.InvariantCulture),
        // What Slurm itself prints for a job that is no array.
        'a' => ArrayTask?.ToString(CultureInfo.InvariantCulture) ?? "4294967294",
        's' => Step?.ToString(CultureInfo.InvariantCulture) ?? "batch",
        _ => throw new UsageException($"The log name '{pattern}' holds %{letter}, which Slurm does not replace; known are %j %x %u %N %n %t %A %a %s %J %%."),
    };
}
