using System.Globalization;
using Cairn.Cli.LocalScheduler.Jobs;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary>The one job there is, as the commands of Slurm look at it.</summary>
/// <param name="Id">SLURM_JOB_ID.</param>
/// <param name="Job">Its state.</param>
/// <param name="Options">What it was started with.</param>
/// <param name="Submitted">When <c>cairn local</c> was started.</param>
/// <param name="Time">The clock.</param>
internal sealed record JobView(int Id, Job Job, LocalOptions Options, DateTimeOffset Submitted, TimeProvider Time)
{
    public string IdText => Id.ToString(CultureInfo.InvariantCulture);

    /// <summary>How long the attempt has run; zero while it waits.</summary>
    public TimeSpan RunTime => Job.StartTime is { } start && !Job.IsWaiting ? Time.GetUtcNow() - start : TimeSpan.Zero;

    /// <summary>Whether this names the job: its number, with the task's in an array.</summary>
    public bool Is(string id) => id == IdText || (Options.ArrayTask is { } task ? id == $"{IdText}_{task}" : id == IdText + "+0");
}
