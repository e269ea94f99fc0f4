using Cairn.Slurm;

namespace Cairn.Cli.Doctor.Facts;

/// <summary>What scontrol says of the cluster.</summary>
/// <param name="HasScontrol">Whether there is one here.</param>
/// <param name="Problem">Why it does not answer; null when it does.</param>
/// <param name="Settings">The configuration by name; empty without an answer.</param>
/// <param name="Partitions">The partitions; empty without an answer.</param>
internal sealed record ClusterFacts(
    bool HasScontrol, string? Problem, IReadOnlyDictionary<string, string> Settings, IReadOnlyList<PartitionFacts> Partitions)
{
    /// <summary>Whether there is something to judge.</summary>
    public bool Answers => Settings.Count > 0;

    /// <summary>Asks. Without an answer to the first question the second is not put.</summary>
    public static ClusterFacts Ask(SlurmCommands slurm)
    {
        var config = slurm.Show("config");
        return config.Text is { } text
            ? new(true, null, ParseSettings(text), PartitionFacts.Parse(slurm.Show("partition").Text ?? string.Empty))
            : new(config.IsThere, config.Problem, ParseSettings(string.Empty), []);
    }

    /// <summary>Reads <c>Name = value</c> lines. The first of a name counts.</summary>
    public static IReadOnlyDictionary<string, string> ParseSettings(string config)
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in config.Split('\n'))
        {
            if (line.IndexOf('=', StringComparison.Ordinal) is var at and > 0)
                settings.TryAdd(line[..at].Trim(), line[(at + 1)..].Trim());
        }

        return settings;
    }

    /// <summary>A setting; empty where it is unknown.</summary>
    public string Setting(string name) => Settings.GetValueOrDefault(name, string.Empty);

    /// <summary>The number that a setting begins with (<c>30 sec</c>); null where it begins with none.</summary>
    public int? Number(string name) =>
        Setting(name).Split(' ')[0] is var word && int.TryParse(word, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;
}
