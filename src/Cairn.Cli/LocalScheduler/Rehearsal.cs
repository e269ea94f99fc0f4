using System.Globalization;
using Cairn.Cli.LocalScheduler.Jobs;
using Cairn.Cli.SlurmForms;

namespace Cairn.Cli.LocalScheduler;

/// <summary>
/// A job of hours played in short attempts, as it is: its limit becomes the length of an attempt, and every lead is multiplied by one
/// factor, so that what comes before what stays the same. A save takes its time however short the attempt is, so that the warning keeps a
/// quarter of it, or more where the job gives it more.
/// </summary>
/// <param name="Job">The job in short.</param>
/// <param name="LeadFactor">What leads are multiplied by; at most 1.</param>
/// <param name="Notes">What was shrunk from what to what, and what was not.</param>
internal sealed record Rehearsal(JobRequest Job, double LeadFactor, IReadOnlyList<string> Notes)
{
    /// <summary>How many attempts are played, unless it is said.</summary>
    public const int Attempts = 3;

    // Of a program that counts on no signal.
    private static readonly TimeSpan UsualLead = TimeSpan.FromSeconds(60);

    /// <param name="job">As it was asked for.</param>
    /// <param name="attempt">An attempt's wall time.</param>
    /// <param name="shrinksKillWait">KillWait was not chosen on the command line.</param>
    public static Rehearsal Of(JobRequest job, TimeSpan attempt, bool shrinksKillWait)
    {
        if (job.Limit <= attempt)
            return new(job, 1, [$"rehearsal: nothing is shrunk, for the limit of {Durations.Format(job.Limit.Value)} is no longer than --rehearse"]);
        var longest = job.Warning?.Lead ?? UsualLead;
        var factor = Math.Min(1, Math.Max(attempt / (job.Limit ?? TimeSpan.MaxValue), attempt / 4 / longest));
        var warning = job.Warning is { } asked ? asked with { Lead = asked.Lead * factor } : null;
        var killWait = shrinksKillWait && job.KillWait > attempt / 2 ? attempt / 2 : job.KillWait;
        var shrunk = new List<string> { $"limit {(job.Limit is { } limit ? Durations.Format(limit) : "none")} -> {Durations.Format(attempt)}" };
        if (warning is not null)
            shrunk.Add($"--signal {Durations.Format(job.Warning!.Lead)} -> {Durations.Format(warning.Lead)} before it");
        if (killWait != job.KillWait)
            shrunk.Add($"KillWait {Durations.Format(job.KillWait)} -> {Durations.Format(killWait)}");
        if (factor < 1)
            shrunk.Add(string.Create(CultureInfo.InvariantCulture, $"cairn run --lead and cairn.stop_requested(seconds) by the factor {factor:g2}"));
        return new(
            job with { Limit = attempt, Warning = warning, KillWait = killWait, UsedUpCode = 0 },
            factor,
            [
                $"rehearsal: {string.Join("; ", shrunk)}",
                $"rehearsal: a lead or a time in the program's own code, or of timeout in the script, stays as it is; a step and a save have to fit into {Durations.Format(longest * factor)}, or take a longer --rehearse",
            ]);
    }
}
