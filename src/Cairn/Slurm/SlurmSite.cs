using System.Globalization;
using System.Text.RegularExpressions;

namespace Cairn.Slurm;

/// <summary>What is set up on the cluster and in the job's partition, as far as a stop depends on it.</summary>
/// <param name="KillWait">Between TERM and KILL at the limit.</param>
/// <param name="PreemptionCancels">Whether the partition cancels the jobs that it preempts.</param>
/// <param name="PreemptionHasGrace">Whether a preemption may leave a grace time between its begin and the kill.</param>
internal sealed partial record SlurmSite(TimeSpan KillWait, bool PreemptionCancels, bool PreemptionHasGrace)
{
    // The controller's clock shows whole seconds, and its answer takes a while.
    private static readonly TimeSpan Unsure = TimeSpan.FromSeconds(3);

    /// <summary>
    /// How far the controller's clock, by which it names instants and ends jobs, is ahead of this machine's; 0 when they agree as
    /// far as can be told.
    /// </summary>
    public TimeSpan ClockAhead { get; init; }

    /// <summary>
    /// Whether a preemption may begin with the job's own warning signal instead of TERM (<c>preempt_send_user_signal</c>): with
    /// <c>--signal=B:</c> no task hears that.
    /// </summary>
    public bool PreemptionSendsOwnSignal { get; init; }

    /// <summary>Slurm's defaults, for a cluster that does not answer.</summary>
    public static SlurmSite Default { get; } = new(TimeSpan.FromSeconds(30), PreemptionCancels: false, PreemptionHasGrace: false);

    /// <summary>Reads the answers of <c>scontrol show config</c> and <c>scontrol show partition</c>; what is missing is as by default.</summary>
    /// <param name="config">The first one, with times in unix seconds.</param>
    /// <param name="partition">The second one; empty when unknown.</param>
    /// <param name="now">This machine's clock when the first one came.</param>
    public static SlurmSite Parse(string config, string partition, DateTimeOffset now)
    {
        var mode = PartitionMode().Match(partition) is { Success: true } own ? own.Groups["mode"].Value : Setting(config, "PreemptMode");
        var byQos = Setting(config, "PreemptType") == "preempt/qos"; // then the grace is the QOS's, which scontrol does not tell
        var grace = Grace().Match(partition) is { Success: true } match && match.Groups["seconds"].Value.AsSpan().ContainsAnyExcept('0');
        return new SlurmSite(
            KillWaitLine().Match(config) is { Success: true } wait
                ? TimeSpan.FromSeconds(int.Parse(wait.Groups["seconds"].Value, CultureInfo.InvariantCulture))
                : Default.KillWait,
            mode.Split(',').Contains("CANCEL"),
            mode is not ("" or "OFF") && (grace || byQos))
        {
            PreemptionSendsOwnSignal = Setting(config, "SlurmctldParameters").Split(',').Contains("preempt_send_user_signal"),
            ClockAhead = Controller().Match(config) is { Success: true } clock
                && DateTimeOffset.FromUnixTimeSeconds(long.Parse(clock.Groups["seconds"].Value, CultureInfo.InvariantCulture)) - now is var ahead
                && ahead.Duration() > Unsure ? ahead : TimeSpan.Zero,
        };
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

    [GeneratedRegex(@"^KillWait\s*=\s*(?<seconds>[0-9]{1,6})\s*sec", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex KillWaitLine();

    [GeneratedRegex(@"^Configuration data as of (?<seconds>[0-9]{1,11})\s*$", RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Controller();

    [GeneratedRegex(@"\bPreemptMode=(?<mode>[A-Z,]+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex PartitionMode();

    [GeneratedRegex(@"\bGraceTime=(?<seconds>[0-9]+)", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Grace();
}
