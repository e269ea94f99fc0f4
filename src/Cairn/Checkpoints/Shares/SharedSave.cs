using System.Globalization;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Writing;
using Cairn.Posix;

namespace Cairn.Checkpoints.Shares;

/// <summary>Rank 0's side of a checkpoint that several ranks write: the directory with its files, and the commit when all shares are there. Disposed of before that, it is given up, and nothing is left.</summary>
internal sealed class SharedSave : IDisposable
{
    private const int MostNamed = 3;

    private readonly TemporaryCheckpoint temporary;
    private readonly SavePlan plan;
    private readonly IReadOnlyDictionary<int, ContentHash[]> unchanged;
    private readonly Func<string, bool> isNotUnchanged;
    private readonly Share share;
    private readonly Func<Func<(ContentHash[][] Hashes, IReadOnlyList<RankFile> OfRanks)>, SavedCheckpoint> commit;

    /// <summary>A save whose files are made.</summary>
    /// <param name="temporary">Where they are.</param>
    /// <param name="share">Rank 0's own share.</param>
    /// <param name="unchanged">The hashes of the segments that need not be written if they are still the same, by their numbers.</param>
    /// <param name="isNotUnchanged">Told of a file that has changed after all.</param>
    /// <param name="commit">Commits with all hashes and the files of the ranks' own states.</param>
    public SharedSave(
        TemporaryCheckpoint temporary,
        Share share,
        IReadOnlyDictionary<int, ContentHash[]> unchanged,
        Func<string, bool> isNotUnchanged,
        Func<Func<(ContentHash[][] Hashes, IReadOnlyList<RankFile> OfRanks)>, SavedCheckpoint> commit)
    {
        this.share = share;
        this.temporary = temporary;
        this.unchanged = unchanged;
        this.commit = commit;
        this.isNotUnchanged = isNotUnchanged;
        plan = share.Plan;
        Order = new ShareOrder(share.Step, temporary.Name, share.Layout, unchanged.ToDictionary(one => one.Key, one => ShareOrder.SegmentHash(one.Value)));
    }

    /// <summary>What to tell all ranks.</summary>
    public ShareOrder Order { get; }

    /// <summary>What was found to differ between ranks, a sentence each; known when it is committed. A checkpoint has what its writers had.</summary>
    public IReadOnlyList<string> Drifted { get; private set; } = [];

    /// <summary>Makes it a checkpoint, and returns when it is durable.</summary>
    /// <param name="results">Of all ranks that had a share.</param>
    /// <param name="states">What ranks have of their own.</param>
    /// <exception cref="CheckpointWriteException">A rank failed, a share or a state is missing, or the commit failed. The save is over, and to be disposed of.</exception>
    public SavedCheckpoint Commit(IReadOnlyCollection<ShareResult> results, AllStates states) => commit(() => (AllHashes(results), states.Files(plan.Limits.Segment)));

    /// <summary>Removes what was written when it was not committed.</summary>
    public void Dispose() => temporary.Dispose();

    // Every segment by exactly one rank, with a hash for every piece in it.
    private ContentHash[][] AllHashes(IReadOnlyCollection<ShareResult> results)
    {
        foreach (var number in results.SelectMany(result => result.Changed).Where(unchanged.ContainsKey))
            isNotUnchanged(plan.Files[plan.Segments[number].File].Name);
        if (results.Where(result => result.Error is not null).OrderBy(result => result.Rank).ToList() is { Count: > 0 } failed)
        {
            var more = failed.Count > MostNamed ? string.Create(CultureInfo.InvariantCulture, $"; and {failed.Count - MostNamed} ranks more failed") : "";
            throw new ShareFailedException(string.Join("; ", failed.Take(MostNamed).Select(InWords)) + more, failed.Exists(one => one.IsFull), AdviceFor(failed));
        }

        var hashes = new ContentHash[plan.Segments.Length][];
        foreach (var result in results)
        {
            foreach (var (number, pieces) in result.Written)
                Take(result.Rank, number, unchanged.ContainsKey(number) ? null : pieces);
            foreach (var number in result.Unchanged)
                Take(result.Rank, number, unchanged.GetValueOrDefault(number));
        }

        if (Array.FindIndex(hashes, one => one is null) is >= 0 and var missing)
            throw new ShareFailedException($"no rank has written {InWords(missing)}", isFull: false);
        foreach (var file in plan.Files)
        {
            if (temporary.LengthOf(file.Name) is var length && length != file.Layout.FileSize)
                throw new ShareFailedException($"{file.Name} has {length} bytes instead of {file.Layout.FileSize}", isFull: false);
        }

        Drifted = [.. results.SelectMany(result => result.Replicas
            .Where(one => (uint)one.Key < (uint)hashes.Length && ShareOrder.ReplicaHash(plan, one.Key, hashes[one.Key]) != one.Value)
            .Select(one => $"rank {result.Rank} has other bytes than the rank that wrote {InWords(one.Key)} ({TensorsIn(one.Key)}): they should be the same on all ranks"))];
        return hashes;

        void Take(int rank, int number, ContentHash[]? pieces)
        {
            if ((uint)number >= (uint)hashes.Length || pieces?.Length != plan.Segments[number].Tensors)
                throw new ShareFailedException($"rank {rank} tells of segment {number}, of which it cannot know", isFull: false);
            if (hashes[number] is not null)
                throw new ShareFailedException($"rank {rank} has written {InWords(number)}, as another has", isFull: false);
            hashes[number] = pieces;
        }
    }

    private static string? AdviceFor(List<ShareResult> failed) =>
        failed.TrueForAll(one => one.Layout.Length > 0) ? "Track the same parts on all ranks, in the same order, with the same tensors."
        : failed.TrueForAll(one => one.Changed.Count > 0) ? "Nothing is to be done."
        : null;

    private string TensorsIn(int number)
    {
        var segment = plan.Segments[number];
        return TensorInfo.Some([.. plan.Files[segment.File].Layout.Tensors.Skip(segment.FirstTensor).Take(segment.Tensors).Select(tensor => tensor.Info)]);
    }

    private string InWords(ShareResult failed) => failed.Layout.Length == 0
        ? $"rank {failed.Rank}: {failed.Error}"
        : $"rank {failed.Rank}: {failed.Error} ({string.Join("; ", LayoutDescription.Differences(share.DescribeLayout(), "rank 0", failed.Layout, $"rank {failed.Rank}"))})";

    private string InWords(int number) =>
        $"bytes {plan.Segments[number].Offset} to {plan.Segments[number].End} of {plan.Files[plan.Segments[number].File].Name}";
}
