namespace Cairn.Checkpoints.Shares;

/// <summary>A save of several ranks is given up, because not all of its shares are there; names the ranks.</summary>
internal sealed class ShareFailedException(string message, bool isFull, string? advice = null) : IOException(message)
{
    /// <summary>What to do, where the disk is not to blame; null where it may be.</summary>
    public string? Advice => advice;

    /// <summary>Whether it was for want of space.</summary>
    public bool IsFull => isFull;
}
