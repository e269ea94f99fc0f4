namespace Cairn.Slurm.Tests.Scenarios;

/// <summary>How a job ended.</summary>
internal sealed record JobEnd(string State, int Restarts, int ExitCode)
{
    public override string ToString() => State + (State == "FAILED" ? $" {ExitCode}" : string.Empty) + Restarts switch
    {
        0 => string.Empty,
        1 => ", requeued once",
        _ => $", requeued {Restarts} times",
    };
}
