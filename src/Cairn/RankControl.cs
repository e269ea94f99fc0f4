using Cairn.Ranks;

namespace Cairn;

/// <summary>
/// What the ranks of a run say to each other by Cairn: small and rare things. Gradients and tensors travel by the program's own means
/// (NCCL, MPI, gloo).
/// </summary>
public sealed class RankControl
{
    /// <summary>So many bytes may be sent at a time.</summary>
    public const int MaximumBroadcast = 64 << 10;

    private readonly Func<RankGroup?> meet;
    private long barriers;
    private long broadcasts;

    internal RankControl(Func<RankGroup?> meet) => this.meet = meet;

    /// <summary>
    /// Gives what rank 0 has to all ranks: an id of NCCL's, a seed, a decision. Every rank calls it, as often and in the same order; with one
    /// rank it gives back what it got.
    /// </summary>
    /// <param name="bytes">What rank 0 sends, at most <see cref="MaximumBroadcast"/> bytes; of the others it is not looked at.</param>
    /// <param name="limit">How long to wait for it.</param>
    /// <exception cref="RankException">Rank 0 did not send anything in time, or is gone.</exception>
    public byte[] Broadcast(ReadOnlySpan<byte> bytes, TimeSpan limit)
    {
        if (bytes.Length > MaximumBroadcast)
            throw new ArgumentException($"{bytes.Length} bytes are more than the {MaximumBroadcast} that can be sent to all ranks: this is for small things", nameof(bytes));
        if (meet() is not { } group)
            return bytes.ToArray();
        var number = broadcasts++;
        if (group.Rank != 0)
            return group.AwaitAnnouncement(RankTopic.Broadcast, number, limit, "send anything to the other ranks").Data.ToArray();
        group.Announce(new RankMessage(RankMessageKind.Announce) { Topic = RankTopic.Broadcast, Number = number, Data = bytes.ToArray() });
        return bytes.ToArray();
    }

    /// <summary>Waits until every rank is here. Every rank calls it, as often and in the same order; with one rank it returns at once.</summary>
    /// <param name="limit">How long to wait.</param>
    /// <exception cref="RankException">Not all came in time; names those that did not.</exception>
    public void Barrier(TimeSpan limit) => meet()?.Barrier(barriers++, limit);
}
