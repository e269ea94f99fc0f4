namespace Cairn.Ranks;

/// <summary>This machine by the name that Slurm has for it, which is what people look for; without Slurm by its own.</summary>
internal static class NodeName
{
    /// <summary>The name.</summary>
    public static string Own => Environment.GetEnvironmentVariable("SLURMD_NODENAME") is { Length: > 0 } name ? name : Environment.MachineName;
}
