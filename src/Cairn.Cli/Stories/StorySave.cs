using Cairn.Attempts;

namespace Cairn.Cli.Stories;

/// <summary>A checkpoint that became durable.</summary>
/// <param name="Step">Completed steps.</param>
/// <param name="Reason">Why it was made, as the journal names it.</param>
/// <param name="Boundary">The step boundary at which its state was taken.</param>
/// <param name="Bytes">The size of its files.</param>
/// <param name="StallSeconds">How long the loop waited.</param>
/// <param name="DurableSeconds">From the boundary until it was durable.</param>
internal sealed record StorySave(long Step, string Reason, DateTimeOffset Boundary, long Bytes, double StallSeconds, double DurableSeconds)
{
    public static StorySave Of(Saved saved) => new(
        Within.Count(saved.Step),
        saved.Reason ?? "",
        Within.Before(saved.Time, Math.Max(Within.Seconds(saved.Seconds), Within.Seconds(saved.DurableSeconds))),
        Within.Count(saved.Bytes),
        Within.Seconds(saved.Seconds),
        Within.Seconds(saved.DurableSeconds));
}
