using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Shares;
using Cairn.Checkpoints.Threads;
using Cairn.Checkpoints.Writing;
using Cairn.Posix;
using Microsoft.Extensions.Logging;

namespace Cairn.Checkpoints;

/// <summary>The directory of checkpoints: save, find, restore, keep. Only what is on the disk is the state; nothing else is stored.</summary>
/// <remarks>
/// Making one touches nothing on the disk. Not safe for calls from several threads at a time. What the files look like is
/// said at <see cref="CommitRecord"/>, <see cref="CommitRecordFile"/> and <see cref="Safetensors.SafetensorsLayout"/>, and for readers in
/// other languages in <c>docs/checkpoint-format.md</c>.
/// </remarks>
internal sealed partial class CheckpointStore : IDisposable
{
    private readonly ILogger log;
    private readonly TimeProvider time;
    private readonly StoreThreads threads = new();
    private readonly CheckpointWriter writer;
    private readonly StagedState staged;
    private readonly PiecePool window = new(CheckpointWriter.PieceLength);
    private readonly FrozenTensors frozen = new();
    private readonly KnownCheckpoints known = new();
    private readonly OwnLineage lineage;
    private readonly CheckpointCommit commit;
    private readonly CheckpointPruning pruning;
    private IReadOnlyDictionary<string, Safetensors.SafetensorsLayout.Form>? forms;
    private (long Step, Action<PendingSave> Write)? stagedSave;
    private bool leftoversRemoved;

    /// <summary>A store in a directory, which need not exist yet.</summary>
    public CheckpointStore(string directory, ILogger log, TimeProvider time)
    {
        Directory = Path.GetFullPath(directory);
        this.log = log;
        this.time = time;
        writer = new CheckpointWriter(threads.Foreground);
        staged = new StagedState(threads.Foreground);
        lineage = new OwnLineage(Directory, attempt => ResumedFrom(attempt));
        commit = new CheckpointCommit(Directory, lineage, () => BeforeCommit(), log);
        pruning = new CheckpointPruning(Directory, lineage, known, log);
    }

    /// <summary>The directory, as an absolute path.</summary>
    public string Directory { get; }

    /// <summary>
    /// The step from which an attempt went on; null when nothing is known of that. It decides which checkpoints belong to one line
    /// of training (<see cref="Lineage"/>). An <see cref="IOException"/> of it is one of reading. Default: nothing is known, all belong.
    /// </summary>
    public Func<int, long?> ResumedFrom { get; init; } = _ => null;

    /// <summary>
    /// Called right before the rename that commits, before a checkpoint is moved aside or serves as saved, and before anything
    /// is deleted. What it throws ends that; an
    /// <see cref="IOException"/> counts as a failed save. Default: does nothing.
    /// </summary>
    public Action BeforeCommit { get; init; } = () => { };

    /// <summary>
    /// Checks one of the two newest before others are deleted because it stays; throws <see cref="CheckpointCorruptException"/> when
    /// it is not to be counted. Default: files and headers, no tensors.
    /// </summary>
    public Action<OpenCheckpoint> CheckBeforeOthersGo { get; init; } = checkpoint => checkpoint.CheckFiles();

    /// <summary>Told of memory for copies of the state, as <see cref="StagedState.OnMemory"/> says.</summary>
    public Func<AlignedMemory, bool, bool> OnMemory
    {
        set => staged.OnMemory = value;
    }

    /// <summary>How states are cut. Default: as the format has it.</summary>
    public FormatLimits Limits { get; init; } = FormatLimits.Standard;

    /// <summary>Starts the threads that save, before training keeps the cores busy; the first save does it otherwise.</summary>
    /// <param name="background">Whether any save is to go on behind the training.</param>
    public void StartThreads(bool background) => threads.Start(background);

    /// <summary>
    /// Removes half-written and half-deleted checkpoints of writers that are dead; never a live writer's. To be called when a
    /// run opens the directory; the first save does it otherwise.
    /// </summary>
    /// <returns>How many were removed.</returns>
    public int RemoveLeftovers()
    {
        leftoversRemoved = true;
        return Leftovers.Remove(Directory, time, log);
    }

    /// <summary>The checkpoints by their names, the newest first, without reading them.</summary>
    /// <exception cref="CheckpointReadException">The directory is there, but can't be listed.</exception>
    public IReadOnlyList<CheckpointEntry> List() => CheckpointListing.Of(Directory);

    /// <summary>Saves the parts' state as the checkpoint of a step, and returns when it is over. Where a valid one of the same step and state is there already, that one serves.</summary>
    /// <param name="step">How many steps were completed.</param>
    /// <param name="parts">The parts by name, in the order in which they were tracked.</param>
    /// <param name="origin">Who saves.</param>
    /// <param name="metadata">What to note in the record: metrics by name, the like.</param>
    /// <param name="states">All ranks' states of the parts of which each has its own; these are not among <paramref name="parts"/>. Default: there are none.</param>
    /// <returns>The save; whether it succeeded is known from its <see cref="PendingSave.Durable"/>.</returns>
    /// <exception cref="ArgumentException">A name or a value can't be saved.</exception>
    public PendingSave Save(
        long step,
        IReadOnlyDictionary<string, ICheckpointPart> parts,
        CheckpointOrigin origin,
        IReadOnlyDictionary<string, PartValue> metadata,
        AllStates? states = null)
    {
        var plan = Plan(step, parts, origin, metadata);
        stagedSave = null;
        var save = new PendingSave(step, threads.Foreground);
        save.Do(() =>
        {
            using var live = new LiveState(plan, window);
            return SaveNow(step, plan, live, origin, metadata, states);
        });
        return save;
    }

    /// <summary>
    /// Takes a copy of the parts' state and returns; another thread hashes and writes it. Until that save is over
    /// (<see cref="PendingSave.IsOver"/>) no other call may be made. Memory: one state's size, kept until the store is disposed.
    /// </summary>
    /// <param name="step">How many steps were completed.</param>
    /// <param name="parts">The parts by name, in the order in which they were tracked.</param>
    /// <param name="origin">Who saves.</param>
    /// <param name="metadata">What to note in the record: metrics by name, the like.</param>
    /// <param name="then">Called on that thread when the outcome is known, before the save is over.</param>
    /// <param name="gate">
    /// Null to copy everything before the return. Else what only the optimizer's step changes is copied later, and nothing is
    /// committed before the gate was passed.
    /// </param>
    /// <param name="isAwaited">Whether the caller does nothing but wait for it; else it is written with a low priority.</param>
    /// <param name="states">All ranks' states of the parts of which each has its own; these are not among <paramref name="parts"/>. Default: there are none.</param>
    /// <exception cref="ArgumentException">A name or a value can't be saved.</exception>
    /// <exception cref="StagingMemoryException">There is no memory for a copy, or no thread to write it.</exception>
    public PendingSave Begin(
        long step,
        IReadOnlyDictionary<string, ICheckpointPart> parts,
        CheckpointOrigin origin,
        IReadOnlyDictionary<string, PartValue> metadata,
        Action<PendingSave> then,
        OverlapGate? gate = null,
        bool isAwaited = false,
        AllStates? states = null)
    {
        var plan = Plan(step, parts, origin, metadata);
        stagedSave = null;
        staged.Begin(plan, plan.Segments, gate);
        gate?.Open(staged);
        var save = new PendingSave(step, threads.Foreground);
        save.Begins(time);
        Action<PendingSave> write = pending => pending.Do(() => SaveNow(step, plan, staged, origin, metadata, states, gate));

        // Behind a gate that was not passed, or too late, it is not written again either: it waits for the gate each time.
        stagedSave = (step, write);

        // Writing begins while the copy goes on.
        if ((isAwaited ? threads.Foreground : threads.Background).TryPost(Write) is null)
        {
            staged.Abandon();
            throw new StagingMemoryException("the system gives no more threads", null);
        }

        // Where no thread does that, all of it is copied at the gate.
        if (gate is not null)
            threads.Foreground.TryPost(staged.CopyLater());
        staged.CopyNow();
        if (gate is null)
            staged.Release();
        return save;

        void Write() => WriteStaged(write, save, then);
    }

    /// <summary>The step whose whole copy is still in memory after its save failed for want of a disk; null when there is none.</summary>
    public long? StagedStep => stagedSave?.Step;

    /// <summary>Writes the copy of <see cref="StagedStep"/> once more. For the rest as <see cref="Begin"/>.</summary>
    /// <param name="then">Called on that thread when the outcome is known, before the save is over.</param>
    public PendingSave BeginAgain(Action<PendingSave> then)
    {
        var (step, write) = stagedSave!.Value;
        var save = new PendingSave(step, threads.Foreground);
        save.Begins(time);
        if (threads.Foreground.TryPost(Write) is null)
            Write(); // the caller waits for it anyway
        return save;

        void Write() => WriteStaged(write, save, then);
    }

    private void WriteStaged(Action<PendingSave> write, PendingSave save, Action<PendingSave> then)
    {
        write(save);
        if (save.Durable.Exception?.InnerException is not CheckpointWriteException)
            stagedSave = null;
        try
        {
            then(save);
        }
        finally
        {
            save.End();
        }
    }

    /// <summary>Restores the newest valid checkpoint of the run's own line into the parts, in place.</summary>
    /// <param name="parts">The parts by name, in the order in which they were tracked.</param>
    /// <param name="newest">Later steps than this are left out.</param>
    /// <param name="optional">Names of parts that may be missing in the checkpoint, or in the program. Default: none.</param>
    /// <returns>What was done; null when there is no checkpoint at all, and nothing was touched.</returns>
    /// <exception cref="CheckpointMismatchException">The newest valid one does not fit the parts; all differences are listed.</exception>
    /// <exception cref="NoValidCheckpointException">There are checkpoints, but none can be used.</exception>
    /// <exception cref="CheckpointReadException">Something can't be read now, also when it was tried again.</exception>
    public RestoreOutcome? Restore(IReadOnlyDictionary<string, ICheckpointPart> parts, long newest = long.MaxValue, IReadOnlyCollection<string>? optional = null)
    {
        FileNames.CheckParts(parts.Keys);
        var outcome = new CheckpointRestore(Directory, lineage, parts, optional ?? [], log, time).Run(newest);
        if (outcome is not null)
            frozen.Note(outcome.Record);
        return outcome;
    }

    /// <summary>
    /// Deletes what a policy does not keep. The two newest valid checkpoints stay in any case; what can't be read, what is of
    /// another line of training, and what was moved aside, stays for people to look at.
    /// </summary>
    /// <returns>Those that are gone, the oldest first. One that could not be deleted is logged.</returns>
    /// <exception cref="CheckpointReadException">The directory is there, but can't be listed.</exception>
    public IReadOnlyList<CheckpointEntry> Prune(RetentionPolicy keep) => Delete(FindSuperfluous(keep));

    /// <summary>Finds what <see cref="Prune"/> would delete, the oldest first. Deletes nothing.</summary>
    /// <exception cref="CheckpointReadException">The directory is there, but can't be listed.</exception>
    public IReadOnlyList<CheckpointEntry> FindSuperfluous(RetentionPolicy keep) => pruning.FindSuperfluous(keep, commit.Newest?.Attempt ?? 0, CheckBeforeOthersGo);

    /// <summary>Deletes checkpoints that <see cref="FindSuperfluous"/> found.</summary>
    /// <returns>Those that are gone. One that could not be deleted is logged.</returns>
    public IReadOnlyList<CheckpointEntry> Delete(IReadOnlyList<CheckpointEntry> superfluous)
    {
        if (superfluous.Count == 0)
            return [];

        // What this process knows of the checkpoints may be wrong by now.
        BeforeCommit();
        return pruning.Delete(superfluous);
    }

    /// <summary>Gives the memory back. No save may be under way.</summary>
    public void Dispose()
    {
        threads.Dispose();
        staged.Dispose();
        window.Dispose();
    }

    private SavePlan Plan(
        long step, IReadOnlyDictionary<string, ICheckpointPart> parts, CheckpointOrigin origin, IReadOnlyDictionary<string, PartValue> metadata)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        Check(origin, metadata);
        return Plan(parts);
    }

    private static void Check(CheckpointOrigin origin, IReadOnlyDictionary<string, PartValue> metadata)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(origin.Attempt);
        ArgumentOutOfRangeException.ThrowIfLessThan(origin.WorldSize, 1);
        SavePlan.CheckValues("metadata", metadata);
    }

    private SavePlan Plan(IReadOnlyDictionary<string, ICheckpointPart> parts)
    {
        var plan = SavePlan.For(parts, frozen, forms, Limits);
        forms = plan.Forms();
        return plan;
    }

    private SavedCheckpoint SaveNow(
        long step, SavePlan plan, IPayloadSource source, CheckpointOrigin origin, IReadOnlyDictionary<string, PartValue> metadata, AllStates? states, OverlapGate? gate = null) =>
        Writing(step, plan, () =>
        {
            var started = time.GetTimestamp();
            using var temporary = CreateTemporary(step, origin.Attempt);
            states ??= AllStates.None;
            var record = new PlannedRecord(plan, step, origin, metadata) { Conditions = Conditions.Merge([.. plan.Parts, .. states.Own]), SavedAt = time.GetUtcNow() };
            using var unchanged = FindUnchanged(step, plan, origin.Attempt);
            return Commit(temporary, record, writer.WriteAll(temporary, plan, source, unchanged), states.Files(Limits.Segment), gate, started);
        });

    private TemporaryCheckpoint CreateTemporary(long step, int attempt)
    {
        PosixDirectory.CreateAll(Directory);
        if (!leftoversRemoved)
            RemoveLeftovers();
        return TemporaryCheckpoint.Create(Directory, step, attempt, log);
    }

    private SavedCheckpoint Commit(
        TemporaryCheckpoint temporary, PlannedRecord planned, ContentHash[][] hashes, IReadOnlyList<RankFile> ofRanks, OverlapGate? gate, long started)
    {
        var (step, path) = (planned.Step, PathOf(planned.Step));
        foreach (var file in ofRanks)
            file.Write(temporary);
        var record = planned.With(hashes, ofRanks);
        var bytes = CommitRecordFile.ToBytes(record);
        temporary.WriteRecord(bytes);
        gate?.AwaitPassed();
        var alreadyThere = !commit.Commit(temporary, record, path);
        known.Remember(new(record, CommitRecordFile.Checksum(bytes)));
        frozen.Note(record);
        pruning.Forget(step);
        return new SavedCheckpoint(step, path, bytes.Length + record.PayloadBytes, time.GetElapsedTime(started), alreadyThere);
    }

    private T Writing<T>(long step, SavePlan plan, Func<T> write)
    {
        try
        {
            return write();
        }
        catch (IOException e)
        {
            throw new CheckpointWriteException(PathOf(step), step, plan.PayloadBytes, e);
        }
        catch (CheckpointReadException e)
        {
            throw new CheckpointWriteException(PathOf(step), step, plan.PayloadBytes, new IOException(e.Message.TrimEnd('.'), e));
        }
        catch (StagingFailedException e)
        {
            throw e.InnerException!;
        }
    }

    // Where nothing is frozen, nothing is looked for.
    private UnchangedFiles? FindUnchanged(long step, SavePlan plan, int attempt)
    {
        if (!plan.Files.Any(file => file.IsFrozen))
            return null;
        try
        {
            CheckpointEntry[] before = [.. List().Where(entry => entry.Step < step)];
            return before.Length < 2 ? null : UnchangedFiles.Find(before, id => lineage.Has(id, attempt), known, writer.Verified, log);
        }
        catch (CheckpointReadException e)
        {
            log.LogDebug(LogEvents.NothingShared, "nothing is shared with older checkpoints: {Reason}", e.Message);
            return null;
        }
    }

    private string PathOf(long step) => Path.Combine(Directory, CheckpointNames.ForStep(step));
}
