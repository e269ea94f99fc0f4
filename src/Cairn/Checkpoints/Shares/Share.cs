using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Writing;
using Cairn.Posix;

namespace Cairn.Checkpoints.Shares;

/// <summary>What one rank has to do for a checkpoint that several write together: its state is taken, and its share written when rank 0 says where.</summary>
/// <remarks>
/// It belongs to the store that began it, in which no other save may be begun before it is over. Of the state only the share is copied. It can
/// be written again, into another directory, as long as the copy is there: until the store's next save.
/// </remarks>
internal sealed class Share : IDisposable
{
    // So late a shared file system may show what another machine has made.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60), FirstPause = TimeSpan.FromSeconds(0.1), LongestPause = TimeSpan.FromSeconds(2);

    private readonly CheckpointStore store;
    private readonly CheckpointWriter writer;
    private readonly IPayloadSource source;
    private readonly OverlapGate? gate;
    private readonly TimeProvider time;

    /// <summary>A share of a plan.</summary>
    /// <param name="store">Whose it is.</param>
    /// <param name="writer">Writes it.</param>
    /// <param name="plan">What all ranks save.</param>
    /// <param name="segments">The numbers of the segments that are this rank's.</param>
    /// <param name="own">What this rank has of its own.</param>
    /// <param name="source">Where their bytes come from.</param>
    /// <param name="gate">What must be passed before it counts; null for none.</param>
    /// <param name="time">The clock.</param>
    public Share(
        CheckpointStore store,
        CheckpointWriter writer,
        SavePlan plan,
        IReadOnlyList<int> segments,
        OwnStates own,
        IPayloadSource source,
        OverlapGate? gate,
        TimeProvider time)
    {
        this.store = store;
        this.writer = writer;
        this.source = source;
        this.gate = gate;
        this.time = time;
        Plan = plan;
        Segments = segments;
        Own = own;
        Layout = LayoutDescription.HashOf(plan, own.Parts.Select(part => part.Name));
    }

    /// <summary>The step that is saved.</summary>
    public required long Step { get; init; }

    /// <summary>Whose share it is.</summary>
    public required int Rank { get; init; }

    /// <summary>What all ranks save.</summary>
    public SavePlan Plan { get; }

    /// <summary>The numbers of the segments that this rank writes, in the plan's order.</summary>
    public IReadOnlyList<int> Segments { get; }

    /// <summary>What this rank has of its own.</summary>
    public OwnStates Own { get; }

    /// <summary>How many ranks save together.</summary>
    public required int WorldSize { get; init; }

    /// <summary>What must be the same on all ranks (<see cref="LayoutDescription"/>).</summary>
    public ContentHash Layout { get; }

    /// <summary>Segments that others write, as they are here, to be compared (<see cref="ShareOrder.ReplicaHash"/>).</summary>
    public IReadOnlyDictionary<int, ContentHash> Replicas { get; init; } = new Dictionary<int, ContentHash>();

    /// <summary>In words what <see cref="Layout"/> is the hash of.</summary>
    public byte[] DescribeLayout() => LayoutDescription.Of(Plan, Own.Parts.Select(part => part.Name));

    /// <summary>What went wrong when it was written last; null when nothing did.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Copies what must be copied before training goes on, as fast as it can; the caller waits. It may be written meanwhile.</summary>
    public void Copy()
    {
        if (source is not StagedState staged)
            return;
        staged.CopyNow();
        if (gate is null)
            staged.Release();
    }

    /// <summary>Writes it, hashes it, and returns when it is on the disk, or cannot be. Any thread may call this, also while the state is still being copied.</summary>
    /// <param name="order">Where to.</param>
    /// <param name="givenUp">Cancelled when rank 0 has given the save up: then nobody waits for its directory any more.</param>
    /// <returns>What rank 0 wants to know. It throws nothing: what went wrong is in there.</returns>
    public ShareResult Write(ShareOrder order, CancellationToken givenUp)
    {
        try
        {
            Failure = null;
            if (order.Step != Step)
                throw new IOException($"it is at step {Step}, and rank 0 saves step {order.Step}");
            if (order.Layout != Layout)
                return ShareResult.Failed(Rank, $"its state of step {Step} has other tensors than rank 0's") with { Layout = DescribeLayout() };
            return WriteNow(order, givenUp);
        }
        catch (Exception error)
        {
            Failure = error is StagingFailedException { InnerException: { } cause } ? cause : error;
            return ShareResult.Failed(Rank, Failure.Message.TrimEnd('.'), Failure is PosixException { IsFull: true });
        }
    }

    /// <summary>Lets the tensors go, where they were not copied.</summary>
    public void Dispose()
    {
        (source as LiveState)?.Dispose();
    }

    private ShareResult WriteNow(ShareOrder order, CancellationToken givenUp)
    {
        int[] unchanged = [.. Segments.Where(order.Unchanged.ContainsKey)], missing = [.. Segments.Except(unchanged)];
        int[] changed = [.. unchanged.Where(number => ShareOrder.SegmentHash(CheckpointWriter.HashesOf(Plan, Plan.Segments[number], source)) != order.Unchanged[number])];
        if (changed.Length > 0)
        {
            return ShareResult.Failed(Rank, $"tensors in {Plan.Files[Plan.Segments[changed[0]].File].Name} have changed that had not in the saves before; the next save writes them") with
            {
                Changed = changed,
            };
        }

        var hashes = new ContentHash[Plan.Segments.Length][];
        if (missing.Length > 0)
        {
            using var directory = Reach(() => PosixDirectory.Open(Path.Combine(store.Directory, order.Folder), followLink: false), givenUp);
            writer.WriteSegments(Plan, missing, file => Reach(() => PosixFile.OpenForWriting(directory, file.Name), givenUp), source, hashes);
        }

        gate?.AwaitPassed();
        return new ShareResult(Rank, missing.ToDictionary(number => number, number => hashes[number]), unchanged) { Replicas = Replicas };
    }

    private T Reach<T>(Func<T> open, CancellationToken givenUp)
    {
        var (began, pause) = (time.GetTimestamp(), FirstPause);
        while (true)
        {
            try
            {
                return open();
            }
            catch (PosixException e) when (e.Errno is Errno.NoEntry or Errno.Stale && time.GetElapsedTime(began) < Patience)
            {
                Task.Delay(pause, time, givenUp).GetAwaiter().GetResult();
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }
}
