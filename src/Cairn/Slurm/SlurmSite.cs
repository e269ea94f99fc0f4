using System.Globalization;
using System.Text.RegularExpressions;

namespace Cairn.Slurm;

/// <summary>What is set up on the cluster and in the job's partition, as far as a stop depends on it.</summary>
/// <param name="KillWait">Between TERM and KILL at the limit.</param>
/// <param name="PreemptionCancels">Whether the partition cancels the jobs that it preempts.</param>
/// <param name="PreemptionHasGrace">Whether a preemption may leave a grace time between its begin and the kill.</param>
internal sealed partial record SlurmSite(TimeSpan KillWait, bool PreemptionCancels, bool PreemptionHasGrace)
{
    /// <summary>Slurm's defaults, for a cluster that does not answer.</summary>
    public static SlurmSite Default { get; } = new(TimeSpan.FromSeconds(30), PreemptionCancels: false, PreemptionHasGrace: false);

    /// <summary>Reads the answers of <c>scontrol show config</c> and <c>scontrol show partition</c>; what is missing is as by default.</summary>
    public static SlurmSite Parse(string config, string partition)
    {
        var mode = PartitionMode().Match(partition) is { Success: true } own ? own.Groups["mode"].Value : Setting(config, "PreemptMode");
        var byQos = Setting(config, "PreemptType") == "preempt/qos"; // then the grace is the QOS's, which scontrol does not tell
        var grace = Grace().Match(partition) is { Success: true } match && match.Groups["seconds"].Value.AsSpan().ContainsAnyExcept('0');
        return new SlurmSite(
            KillWaitLine().Match(config) is { Success: true } wait
                ? TimeSpan.FromSeconds(int.Parse(wait.Groups["seconds"].Value, CultureInfo.InvariantCulture))
                : Default.KillWait,
            mode.Split(',').Contains("CANCEL"),
            mode is not ("" or "OFF") && (grace || byQos));
    }

    private static string Setting(string config, string name)
    {
        foreach (var line in config.Split('\n'))
        {
            if (line.StartsWith(name, StringComparison.Ordinal) && line.AsSpan(name.Length).TrimStart() is ['=', .. var value])
                return value.Trim().ToString();
        }

        return string.Empty;
    }

    [GeneratedRegex(@"^KillWait\s*=\s*(?<seconds>[0-9]{1,6})\s*sec", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex KillWaitLine();

    [GeneratedRegex(@"\bPreemptMode=(?<mode>[A-Z,]+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex PartitionMode();

    [GeneratedRegex(@"\bGraceTime=(?<seconds>[0-9]+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Grace();
}
