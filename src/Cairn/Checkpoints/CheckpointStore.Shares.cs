using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Shares;
using Cairn.Checkpoints.Writing;
using Cairn.Posix;

namespace Cairn.Checkpoints;

/// <summary>One checkpoint by several ranks. The order of calls: <see cref="BeginShare"/> on all; <see cref="Create"/> on rank 0; <see cref="Share.Write"/> on all; <see cref="SharedSave.Commit"/> on rank 0.</summary>
internal sealed partial class CheckpointStore
{
    // Files of which a rank has said in a failed save that they changed: for the next one they are not looked for.
    private readonly HashSet<string> writtenAnew = new(StringComparer.Ordinal);

    /// <summary>Which tensors lie in which of a part's files, as far as this process knows. All ranks must go by rank 0's when they begin a save.</summary>
    public FrozenSets Frozen
    {
        get => frozen.Sets;
        set => frozen.Take(value);
    }

    /// <summary>How much memory copies take.</summary>
    public long CopiedBytes => staged.Capacity;

    /// <summary>
    /// Takes this rank's share of the parts' state. Nothing but <see cref="Share.Copy"/> and <see cref="Share.Write"/> may be called on this
    /// store until all of it is written.
    /// </summary>
    /// <param name="step">How many steps were completed.</param>
    /// <param name="parts">The parts by name, in the order in which they were tracked; the same on all ranks, but for what a <see cref="PerRankPart"/> has.</param>
    /// <param name="rules">Who writes what; the same on all ranks.</param>
    /// <param name="rank">Which rank this is.</param>
    /// <param name="copies">Whether the share is to be copied, so that training goes on; else it is written out of the live state, and training must wait.</param>
    /// <param name="gate">With a copy: null to copy everything in <see cref="Share.Copy"/>. Else what only the optimizer's step changes is copied until the gate is passed.</param>
    /// <param name="check">Null, or which of the saves this is in which each rank hashes one segment that another writes, from 0. That takes time before the return.</param>
    /// <param name="own">This rank's own states; null to take them here.</param>
    /// <exception cref="ArgumentException">A name or a value can't be saved.</exception>
    /// <exception cref="StagingMemoryException">There is no memory for a copy.</exception>
    public Share BeginShare(
        long step, IReadOnlyDictionary<string, ICheckpointPart> parts, ShareRules rules, int rank, bool copies, OverlapGate? gate = null, long? check = null, OwnStates? own = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        FileNames.CheckParts(parts.Keys);
        own ??= OwnStates.Of(parts);
        var plan = Plan(parts.Where(part => part.Value is not PerRankPart).ToDictionary());
        var writers = rules.WritersOf(plan);
        int[] segments = [.. Enumerable.Range(0, writers.Length).Where(number => writers[number] == rank)];
        stagedSave = null;
        var replicas = check is { } save && ShareRules.ReplicaOf(writers, rank, save) is { } other ? HashLive(plan, other) : [];
        if (!copies)
            return Of(new LiveState(plan, window), passing: null);
        staged.Begin(plan, [.. segments.Select(number => plan.Segments[number])], gate);
        gate?.Open(staged);
        if (gate is not null)
            threads.Foreground.TryPost(staged.CopyLater());
        return Of(staged, gate);

        Share Of(IPayloadSource source, OverlapGate? passing) => new(this, writer, plan, segments, own, source, passing, time)
        {
            Step = step,
            Rank = rank,
            WorldSize = rules.NodeOf.Length,
            Replicas = replicas,
        };
    }

    /// <summary>A save that is begun: <see cref="Complete"/> writes it.</summary>
    public PendingSave BeginPending(long step)
    {
        var save = new PendingSave(step, threads.Foreground);
        save.Begins(time);
        return save;
    }

    /// <summary>A save that could not be begun.</summary>
    public PendingSave Failed(long step, StagingMemoryException error)
    {
        var save = new PendingSave(step, threads.Foreground);
        save.Do(() => throw new CheckpointWriteException(PathOf(step), step, 0, new IOException(error.Message, error)));
        return save;
    }

    /// <summary>Writes it, and says what came of it.</summary>
    /// <param name="save">What <see cref="BeginPending"/> gave.</param>
    /// <param name="write">Writes and commits.</param>
    /// <param name="then">Called when the outcome is known, before the save is over.</param>
    public void Complete(PendingSave save, Func<SavedCheckpoint> write, Action<PendingSave> then) => WriteStaged(pending => pending.Do(write), save, then);

    /// <summary>Has something done by the threads that save, so that training feels little of it: <see cref="Share.Write"/>, say.</summary>
    /// <param name="work">What to do.</param>
    /// <param name="isAwaited">Whether training waits for it; else it is done with a low priority.</param>
    /// <returns>False when the system gives no thread; then it will not be done.</returns>
    public bool TryPost(Action work, bool isAwaited) => (isAwaited ? threads.Foreground : threads.Background).TryPost(work) is not null;

    /// <summary>On rank 0: makes the directory and the files of a save, and reserves their space. Files that did not change are linked.</summary>
    /// <param name="own">Rank 0's own share.</param>
    /// <param name="origin">Who saves.</param>
    /// <param name="metadata">What to note in the record.</param>
    /// <exception cref="ArgumentException">A name or a value can't be saved.</exception>
    /// <exception cref="CheckpointWriteException">It can't be done: no space, say. Nothing is left of it.</exception>
    public SharedSave Create(Share own, CheckpointOrigin origin, IReadOnlyDictionary<string, PartValue> metadata)
    {
        Check(origin, metadata);
        var (plan, step, started) = (own.Plan, own.Step, time.GetTimestamp());
        return Writing(step, plan, () =>
        {
            var temporary = CreateTemporary(step, origin.Attempt);
            try
            {
                var record = new PlannedRecord(plan, step, origin, metadata) { Conditions = Conditions.Merge([.. plan.Parts, .. own.Own.Parts]), SavedAt = time.GetUtcNow() };
                var (unchanged, files) = CreateFiles(temporary, plan, step, origin.Attempt);
                return new SharedSave(temporary, own, unchanged, writtenAnew.Add, all =>
                {
                    var saved = Writing(step, plan, () =>
                    {
                        var (shares, ofRanks) = all();
                        return Commit(temporary, record, shares, ofRanks, gate: null, started);
                    });
                    writer.Verified.UnionWith(files);
                    writtenAnew.Clear();
                    return saved;
                });
            }
            catch
            {
                temporary.Dispose();
                throw;
            }
        });
    }

    private Dictionary<int, ContentHash> HashLive(SavePlan plan, int number)
    {
        using var live = new LiveState(plan, window);
        return new() { [number] = ShareOrder.ReplicaHash(plan, number, CheckpointWriter.HashesOf(plan, plan.Segments[number], live)) };
    }

    private (Dictionary<int, ContentHash[]> Unchanged, List<FileIdentity> Files) CreateFiles(TemporaryCheckpoint temporary, SavePlan plan, long step, int attempt)
    {
        var (hashes, files) = (new Dictionary<int, ContentHash[]>(), new List<FileIdentity>());
        using var unchanged = FindUnchanged(step, plan, attempt);
        for (var i = 0; i < plan.Files.Length; i++)
        {
            var file = plan.Files[i];
            if (file.IsFrozen && !writtenAnew.Contains(file.Name) && unchanged?.HashesOf(plan, i) is { } known && unchanged.TryShare(file, temporary))
            {
                for (var segment = 0; segment < known.Length; segment++)
                    hashes[plan.FirstSegmentOf(i) + segment] = known[segment];
                continue;
            }

            using var created = temporary.CreatePayload(file.Name, file.Layout.FileSize, hasItsLength: true);
            if (created.Identity() is { } identity)
                files.Add(identity);
        }

        return (hashes, files);
    }
}
