using System.Globalization;
using Cairn.Cli.LocalScheduler.Jobs;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary>The one job there is, as the commands of Slurm look at it.</summary>
/// <param name="RawId">SLURM_JOB_ID. In an array it is the array's id too, as the last element of an array has it on a cluster.</param>
/// <param name="Job">Its state.</param>
/// <param name="Options">What it was started with.</param>
/// <param name="Submitted">When <c>cairn local</c> was started.</param>
/// <param name="Time">The clock.</param>
/// <param name="Processes">Those of the attempt that runs; null when none does.</param>
internal sealed record JobView(int RawId, Job Job, LocalOptions Options, DateTimeOffset Submitted, TimeProvider Time, Func<AttemptProcesses?> Processes)
{
    public string RawIdText => RawId.ToString(CultureInfo.InvariantCulture);

    /// <summary>As Slurm names the job: ARRAY_TASK in an array.</summary>
    public string Id => Options.Array is { } array ? string.Create(CultureInfo.InvariantCulture, $"{RawId}_{array.Task}") : RawIdText;

    /// <summary>The nodes it is on; empty while it is on none.</summary>
    public string Nodes => Job.State == JobState.Pending ? "" : Options.Layout.NodeList;

    /// <summary>A refusal as scontrol words it, which names an element of an array first.</summary>
    public static string Refused(string id, string why) => id.Contains('_', StringComparison.Ordinal) ? $"{id}: {why}" : $"{why} for job {id}";

    /// <summary>Whether this names the job: its raw id, ARRAY_TASK in an array, or the id with the 0 of a heterogeneous leader.</summary>
    public bool Is(string id) => id == RawIdText || id == Id || (Options.Array is null && id == RawIdText + "+0");
}
