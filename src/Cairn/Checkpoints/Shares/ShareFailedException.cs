namespace Cairn.Checkpoints.Shares;

/// <summary>A save of several ranks is given up, because not all of its shares are there; names the ranks.</summary>
internal sealed class ShareFailedException(string message, bool isFull) : IOException(message)
{
    /// <summary>Whether it was for want of space.</summary>
    public bool IsFull => isFull;
}
