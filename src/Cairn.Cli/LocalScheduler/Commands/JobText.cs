using System.Globalization;
using System.Text.RegularExpressions;
using Cairn.Cli.SlurmNotation;

namespace Cairn.Cli.LocalScheduler.Commands;

/// <summary>The job as <c>scontrol show job</c> and <c>squeue</c> print it.</summary>
internal static partial class JobText
{
    /// <param name="job">The job.</param>
    /// <param name="jobId">Its id.</param>
    /// <param name="unixTime">Times as unix seconds, as with SLURM_TIME_FORMAT=%s; else local time.</param>
    public static string Show(LocalJob job, string jobId, bool unixTime)
    {
        return string.Join('\n',
            $"JobId={jobId} JobName={job.Settings.Name}",
            $"   UserId={Environment.UserName} Priority=1 Nice=0",
            $"   JobState={StateName(job.State)} Reason={job.Reason} Dependency=(null)",
            $"   Requeue={(job.RequeueAllowed ? 1 : 0)} Restarts={job.Restarts} BatchFlag=1 Reboot=0 ExitCode=0:0",
            $"   RunTime={SlurmDuration.Format(job.RunningFor)} TimeLimit={(job.TimeLimit is { } limit ? SlurmDuration.Format(limit) : "UNLIMITED")} TimeMin=N/A",
            $"   StartTime={Time(job.StartTime, "Unknown")} EndTime={Time(job.EndTime, "Unknown")} Deadline=N/A",
            $"   PreemptEligibleTime={Time(job.StartTime, "Unknown")} PreemptTime={Time(job.PreemptTime, "None")}",
            $"   Partition={job.Settings.Partition} NodeList={Environment.MachineName}",
            $"   NumNodes=1 NumTasks={job.Settings.Tasks}",
            string.Empty);

        string Time(DateTimeOffset? time, string none) => time is not { } known ? none
            : unixTime ? known.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)
            : known.ToLocalTime().ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture);
    }

    public static string QueueHeader(string format) => Expand(format, letter => letter switch
    {
        'i' or 'A' => "JOBID",
        'P' => "PARTITION",
        'j' => "NAME",
        'u' => "USER",
        't' => "ST",
        'T' => "STATE",
        'M' => "TIME",
        'l' => "TIME_LIMIT",
        'D' => "NODES",
        'N' => "NODELIST",
        'R' => "NODELIST(REASON)",
        'r' => "REASON",
        _ => null,
    });

    public static string QueueLine(LocalJob job, string jobId, string format) => Expand(format, letter => letter switch
    {
        'i' or 'A' => jobId,
        'P' => job.Settings.Partition,
        'j' => job.Settings.Name,
        'u' => Environment.UserName,
        't' => job.State switch { JobState.Pending => "PD", JobState.Running => "R", _ => "CG" },
        'T' => StateName(job.State),
        'M' => SlurmDuration.Format(job.RunningFor),
        'l' => job.TimeLimit is { } limit ? SlurmDuration.Format(limit) : "UNLIMITED",
        'D' => "1",
        'N' => Environment.MachineName,
        'R' => job.State == JobState.Pending ? $"({job.Reason})" : Environment.MachineName,
        'r' => job.Reason,
        _ => null,
    });

    public static string StateName(JobState state) => state.ToString().ToUpperInvariant();

    private static string Expand(string format, Func<char, string?> value) => Field().Replace(format, field =>
    {
        var text = value(field.Groups["letter"].Value[0])
            ?? throw new UsageException($"squeue: the field {field.Value} is not supported by cairn local (i P j u t T M l D N R r are)");
        if (field.Groups["width"].Value is not { Length: > 0 } digits)
            return text;
        var width = int.Parse(digits, CultureInfo.InvariantCulture);
        text = text.Length > width ? text[..width] : text;
        return field.Groups["right"].Success ? text.PadLeft(width) : text.PadRight(width);
    }) + "\n";

    [GeneratedRegex("%(?<right>\\.)?(?<width>[0-9]{0,3})(?<letter>[A-Za-z])", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Field();
}
