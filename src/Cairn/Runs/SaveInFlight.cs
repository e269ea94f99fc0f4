using Cairn.Checkpoints;
using Cairn.Timing;

namespace Cairn.Runs;

/// <summary>A save that was begun, and what is noted of it until a step boundary collects it.</summary>
/// <param name="reason">Why it is made.</param>
/// <param name="time">The clock.</param>
internal sealed class SaveInFlight(string reason, TimeProvider time)
{

    /// <summary>Why it was made.</summary>
    public string Reason { get; } = reason;

    /// <summary>The clock's timestamp at the step boundary.</summary>
    public long Began { get; } = time.GetTimestamp();

    /// <summary>What it has taken by now; with the time of a suspended job the next stop would be made as much earlier.</summary>
    public TimeSpan Elapsed => time.GetRunningTime(Began);

    /// <summary>The save itself.</summary>
    public PendingSave Pending { get; set; } = null!;

    /// <summary>Set once the loop goes on: from then on <see cref="Stall"/> is known.</summary>
    public TaskCompletionSource Taken { get; } = new();

    /// <summary>How long the loop waited.</summary>
    public TimeSpan Stall { get; set; }

    /// <summary>From the step boundary to the durable checkpoint.</summary>
    public TimeSpan Duration { get; set; }

    /// <summary>Why it failed; null when it did not.</summary>
    public Exception? Error { get; set; }
}
