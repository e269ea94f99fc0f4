namespace Cairn.Checkpoints;

/// <summary>Something in a checkpoint that is not as its commit record says.</summary>
/// <param name="File">The file's name; null when it is the directory itself.</param>
/// <param name="Problem">What is wrong, in words.</param>
internal sealed record CheckpointFault(string? File, string Problem)
{
    /// <summary>The tensor whose bytes they are; null when it is something else.</summary>
    public string? Tensor { get; init; }

    public override string ToString() => File is null ? Problem : $"{File}: {Problem}";
}
