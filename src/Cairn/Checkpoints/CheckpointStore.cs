using Cairn.Checkpoints.Posix;
using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Writing;
using Microsoft.Extensions.Logging;

namespace Cairn.Checkpoints;

/// <summary>The directory of checkpoints: save, find, restore, keep. Only what is on the disk is the state; nothing else is stored.</summary>
/// <remarks>
/// Making one touches nothing on the disk. Not safe for calls from several threads at a time. What the files look like is
/// said at <see cref="CommitRecord"/>, <see cref="CommitRecordFile"/> and <see cref="Safetensors.SafetensorsLayout"/>, and for readers in
/// other languages in <c>docs/checkpoint-format.md</c>.
/// </remarks>
internal sealed class CheckpointStore : IDisposable
{
    private static readonly Func<CheckpointId, bool> All = _ => true;

    private readonly ILogger log;
    private readonly TimeProvider time;
    private readonly CheckpointWriter writer = new();
    private readonly StagedState staged = new();
    private readonly Dictionary<long, CheckpointSummary?> summaries = [];
    private CheckpointId? newestSaved;
    private (long Step, Action<PendingSave> Write)? stagedSave;
    private bool leftoversRemoved;

    /// <summary>A store in a directory, which need not exist yet.</summary>
    public CheckpointStore(string directory, ILogger log, TimeProvider time)
    {
        Directory = Path.GetFullPath(directory);
        this.log = log;
        this.time = time;
    }

    /// <summary>The directory, as an absolute path.</summary>
    public string Directory { get; }

    /// <summary>
    /// Whether a checkpoint belongs to this run's history. False for what a superseded attempt committed after it was
    /// superseded: such a checkpoint is ignored at reading, and moved aside when its step is saved again. Default: all belong.
    /// </summary>
    public Func<CheckpointId, bool> IsCurrent { get; init; } = All;

    /// <summary>
    /// Called right before the rename that commits (or when another writer's checkpoint of that step serves), and before anything
    /// is deleted. What it throws ends that; an
    /// <see cref="IOException"/> counts as a failed save. Default: does nothing.
    /// </summary>
    public Action BeforeCommit { get; init; } = () => { };

    /// <summary>
    /// Checks one of the two newest before others are deleted because it stays; throws <see cref="CheckpointCorruptException"/> when
    /// it is not to be counted. Default: files and headers, no tensors.
    /// </summary>
    public Action<OpenCheckpoint> CheckBeforeOthersGo { get; init; } = checkpoint => checkpoint.CheckFiles();

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

    /// <summary>
    /// The checkpoints by their names, the newest first, without reading them (but for the records when <see cref="IsCurrent"/>
    /// is set; one whose record can't be read is listed, since reading it is what tells why).
    /// </summary>
    /// <exception cref="CheckpointCorruptException">The directory is there, but can't be listed.</exception>
    public IReadOnlyList<CheckpointEntry> List() =>
        ReferenceEquals(IsCurrent, All) ? ByName() : [.. ByName().Where(entry => !IsSuperseded(entry))];

    /// <summary>Saves the parts' state as the checkpoint of a step, and returns when it is over. Nothing is written when a valid and current one is there.</summary>
    /// <param name="step">How many steps were completed.</param>
    /// <param name="parts">The parts by name, in the order in which they were tracked.</param>
    /// <param name="origin">Who saves.</param>
    /// <param name="metadata">What to note in the record: metrics by name, the like.</param>
    /// <returns>The save; whether it succeeded is known from its <see cref="PendingSave.Durable"/>.</returns>
    /// <exception cref="ArgumentException">A name or a value can't be saved.</exception>
    public PendingSave Save(
        long step,
        IReadOnlyDictionary<string, ICheckpointPart> parts,
        CheckpointOrigin origin,
        IReadOnlyDictionary<string, PartValue> metadata)
    {
        var plan = Plan(step, parts, origin, metadata);
        stagedSave = null;
        var save = new PendingSave(step);
        save.Do(() => SaveNow(step, plan, staged: null, origin, metadata));
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
    /// <exception cref="ArgumentException">A name or a value can't be saved.</exception>
    /// <exception cref="StagingMemoryException">There is no memory for a copy, or no thread to write it.</exception>
    public PendingSave Begin(
        long step,
        IReadOnlyDictionary<string, ICheckpointPart> parts,
        CheckpointOrigin origin,
        IReadOnlyDictionary<string, PartValue> metadata,
        Action<PendingSave> then,
        OverlapGate? gate = null,
        bool isAwaited = false)
    {
        var plan = Plan(step, parts, origin, metadata);
        stagedSave = null;
        staged.Begin(plan, gate);
        gate?.Open(staged);
        var save = new PendingSave(step);
        save.Begins(time);
        Action<PendingSave> write = pending => pending.Do(() => SaveNow(step, plan, staged, origin, metadata, gate));

        // A copy that training may have torn is never written again.
        stagedSave = gate is null ? (step, write) : null;

        // Writing begins while the copy goes on.
        try
        {
            if (isAwaited)
                Workers.DoBeside(Write);
            else
                Workers.DoBehind(Write);
        }
        catch (OutOfMemoryException error)
        {
            staged.Release();
            throw new StagingMemoryException("the system gives no more threads", error);
        }

        try
        {
            if (gate is not null)
                Workers.DoBeside(staged.CopyLater());
        }
        catch (OutOfMemoryException)
        {
            // All of it is copied at the gate.
        }

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
        var save = new PendingSave(step);
        save.Begins(time);
        try
        {
            Workers.DoBeside(() => WriteStaged(write, save, then));
        }
        catch (OutOfMemoryException)
        {
            // The system gives no more threads; the caller waits for it anyway.
            WriteStaged(write, save, then);
        }

        return save;
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

    /// <summary>Restores the newest valid checkpoint into the parts, in place.</summary>
    /// <param name="parts">The parts by name, in the order in which they were tracked.</param>
    /// <param name="newest">Later steps than this are left out.</param>
    /// <returns>What was done; null when there is no checkpoint at all, and nothing was touched.</returns>
    /// <exception cref="CheckpointMismatchException">The newest valid one does not fit the parts; all differences are listed.</exception>
    /// <exception cref="NoValidCheckpointException">There are checkpoints, but none can be used.</exception>
    /// <exception cref="CheckpointCorruptException">The directory is there, but can't be listed.</exception>
    public RestoreOutcome? Restore(IReadOnlyDictionary<string, ICheckpointPart> parts, long newest = long.MaxValue)
    {
        FileNames.CheckParts(parts.Keys);
        var started = time.GetTimestamp();
        var skipped = new List<SkippedCheckpoint>();
        var touched = false;
        foreach (var entry in ByName().Where(entry => entry.Step <= newest))
        {
            try
            {
                using var checkpoint = OpenCheckpoint.Open(entry);
                if (!IsCurrent(checkpoint.Record.Id))
                {
                    log.LogInformation("checkpoint {Step} is passed over: attempt {Attempt} made it after another had taken over", entry.Step, checkpoint.Record.Attempt);
                    continue;
                }

                checkpoint.CheckFiles();
                if (CheckpointLoad.FindDifferences(checkpoint.Record, parts) is { Count: > 0 } differences)
                    throw new CheckpointMismatchException(entry.Path, entry.Step, differences, touched);
                touched = true;
                CheckpointLoad.Restore(checkpoint, parts);
                return new RestoreOutcome(
                    entry.Step,
                    entry.Path,
                    checkpoint.Record,
                    skipped,
                    Conditions.Changes(checkpoint.Record.Conditions, Conditions.Merge(parts.Select(part => (part.Key, part.Value.Describe())))),
                    checkpoint.BytesRead,
                    time.GetElapsedTime(started));
            }
            catch (CheckpointCorruptException e)
            {
                skipped.Add(new SkippedCheckpoint(entry.Step, entry.Path, new CheckpointFault(e.File, e.Problem).ToString()));
                log.LogWarning("checkpoint {Step} can't be used: {Reason}", entry.Step, e.Message);
            }
        }

        return skipped.Count == 0 ? null : throw new NoValidCheckpointException(Directory, skipped, touched);
    }

    /// <summary>
    /// Deletes what a policy does not keep. The two newest valid checkpoints stay in any case; what can't be read, and what
    /// was moved aside, stays for people to look at.
    /// </summary>
    /// <returns>Those that are gone, the oldest first. One that could not be deleted is logged.</returns>
    /// <exception cref="CheckpointCorruptException">The directory is there, but can't be listed.</exception>
    public IReadOnlyList<CheckpointEntry> Prune(RetentionPolicy keep) => Delete(FindSuperfluous(keep));

    /// <summary>Finds what <see cref="Prune"/> would delete, the oldest first. Deletes nothing.</summary>
    /// <exception cref="CheckpointCorruptException">The directory is there, but can't be listed.</exception>
    public IReadOnlyList<CheckpointEntry> FindSuperfluous(RetentionPolicy keep)
    {
        var valid = new Dictionary<long, (CheckpointEntry Entry, CheckpointSummary Summary)>();
        foreach (var entry in ByName())
        {
            if (Summarize(entry, thoroughly: valid.Count < RetentionPlan.AlwaysKept) is { } summary)
                valid.Add(entry.Step, (entry, summary));
        }

        return [.. RetentionPlan.StepsToDelete(keep, valid.Values.Select(one => one.Summary)).Select(step => valid[step].Entry)];
    }

    /// <summary>Deletes checkpoints that <see cref="FindSuperfluous"/> found.</summary>
    /// <returns>Those that are gone. One that could not be deleted is logged.</returns>
    public IReadOnlyList<CheckpointEntry> Delete(IReadOnlyList<CheckpointEntry> superfluous)
    {
        if (superfluous.Count == 0)
            return [];

        // What this process knows of the checkpoints may be wrong by now.
        BeforeCommit();

        // An earlier process may have died between a rename and this: what is kept must last before anything goes.
        try
        {
            PosixDirectory.SyncPath(Directory);
        }
        catch (PosixException e)
        {
            log.LogWarning("no checkpoint is deleted, because it is not sure that the newer ones last: {Reason}", e.Message);
            return [];
        }

        return [.. superfluous.Where(Delete)];
    }

    /// <summary>Gives the memory back. No save may be under way.</summary>
    public void Dispose()
    {
        writer.Dispose();
        staged.Dispose();
    }

    private static SavePlan Plan(
        long step, IReadOnlyDictionary<string, ICheckpointPart> parts, CheckpointOrigin origin, IReadOnlyDictionary<string, PartValue> metadata)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfNegative(origin.Attempt);
        ArgumentOutOfRangeException.ThrowIfLessThan(origin.WorldSize, 1);
        SavePlan.CheckValues("metadata", metadata);
        return SavePlan.For(parts);
    }

    private SavedCheckpoint SaveNow(long step, SavePlan plan, StagedState? staged, CheckpointOrigin origin, IReadOnlyDictionary<string, PartValue> metadata, OverlapGate? gate = null)
    {
        var (started, path) = (time.GetTimestamp(), PathOf(step));
        try
        {
            if (FindDone(new CheckpointEntry(step, path)) is { } there)
            {
                // It may be a later attempt's: the same program comes to the same steps.
                BeforeCommit();
                return new SavedCheckpoint(step, path, there, time.GetElapsedTime(started), AlreadyThere: true);
            }

            PosixDirectory.CreateAll(Directory);
            if (!leftoversRemoved)
                RemoveLeftovers();
            using var temporary = TemporaryCheckpoint.Create(Directory, step, origin.Attempt, log);
            var savedAt = time.GetUtcNow();
            CommitRecord Describe(IReadOnlyList<RecordedFile> files, IReadOnlyList<RecordedPart> parts) => new()
            {
                Format = CommitRecord.CurrentFormat,
                Step = step,
                Attempt = origin.Attempt,
                Job = origin.Job,
                WorldSize = origin.WorldSize,
                SavedAt = savedAt,
                Cairn = CairnVersion.Text,
                Metadata = metadata,
                Conditions = plan.Conditions,
                Files = [.. files],
                Parts = [.. parts],
            };

            using var unchanged = FindUnchanged(step);
            var bytes = staged is null ? writer.WriteLive(temporary, plan, unchanged, Describe) : writer.WriteStaged(temporary, plan, staged, unchanged, Describe);
            gate?.AwaitPassed();
            BeforeCommit();
            MoveAside(step, path);
            temporary.CommitAs(path);
            newestSaved = new CheckpointId(step, origin.Attempt);
            summaries.Remove(step);
            return new SavedCheckpoint(step, path, bytes, time.GetElapsedTime(started), AlreadyThere: false);
        }
        catch (IOException e)
        {
            throw new CheckpointWriteException(path, step, plan.PayloadBytes, e);
        }
        catch (StagingFailedException e)
        {
            throw e.InnerException!;
        }
    }

    /// <summary>The two newest valid checkpoints before a step, whose files may be shared; null when there are not two.</summary>
    private UnchangedFiles? FindUnchanged(long step)
    {
        OpenCheckpoint? newest = null;
        try
        {
            foreach (var entry in ByName().Where(entry => entry.Step < step))
            {
                if (TryOpen(entry) is not { } checkpoint)
                    continue;
                if (newest is not null)
                    return new UnchangedFiles(newest, checkpoint, writer.Verified);
                newest = checkpoint;
            }
        }
        catch (CheckpointCorruptException e)
        {
            // Sharing saves time; what cannot be shared is written.
            log.LogDebug("nothing is shared with older checkpoints: {Reason}", e.Message);
        }

        newest?.Dispose();
        return null;

        OpenCheckpoint? TryOpen(CheckpointEntry entry)
        {
            OpenCheckpoint? checkpoint = null;
            try
            {
                checkpoint = OpenCheckpoint.Open(entry);
                if (IsCurrent(checkpoint.Record.Id))
                {
                    checkpoint.CheckFiles();
                    return checkpoint;
                }
            }
            catch (CheckpointCorruptException e)
            {
                log.LogDebug("nothing is shared with checkpoint {Step}: {Reason}", entry.Step, e.Message);
            }

            checkpoint?.Dispose();
            return null;
        }
    }

    /// <summary>The size of a step's checkpoint when there is a valid and current one, read to the last byte unless this store wrote it.</summary>
    private long? FindDone(CheckpointEntry entry)
    {
        if (!System.IO.Directory.Exists(entry.Path))
            return null;
        try
        {
            using var checkpoint = OpenCheckpoint.Open(entry);
            if (!IsCurrent(checkpoint.Record.Id))
                return null;
            if (checkpoint.Record.Id == newestSaved)
                checkpoint.CheckFiles();
            else if (checkpoint.FindFaults() is [var fault, ..])
                throw new CheckpointCorruptException(entry.Path, fault.File, fault.Problem);

            // Who wrote it may have died between the rename and this.
            PosixDirectory.SyncPath(Directory);
            return checkpoint.Bytes;
        }
        catch (CheckpointCorruptException e)
        {
            log.LogWarning("checkpoint {Step} is saved anew: {Reason}", entry.Step, e.Message);
            return null;
        }
    }

    private void MoveAside(long step, string path)
    {
        for (var number = 1; ; number++)
        {
            var aside = Path.Combine(Directory, CheckpointNames.Aside(step, number));
            if (Path.Exists(aside))
                continue;
            try
            {
                PosixDirectory.Rename(path, aside);
                log.LogWarning("{Path} is not valid, or a superseded attempt wrote it: moved aside to {Aside}", path, aside);
                return;
            }
            catch (PosixException e) when (e.Errno == Errno.NoEntry)
            {
                return;
            }
        }
    }

    private CheckpointSummary? Summarize(CheckpointEntry entry, bool thoroughly)
    {
        if (!thoroughly && summaries.TryGetValue(entry.Step, out var known))
            return known;
        try
        {
            using var checkpoint = OpenCheckpoint.Open(entry);
            if (thoroughly)
                CheckBeforeOthersGo(checkpoint);
            return summaries[entry.Step] = IsCurrent(checkpoint.Record.Id) ? new CheckpointSummary(entry.Step, checkpoint.Record.Metadata) : null;
        }
        catch (CheckpointCorruptException e)
        {
            log.LogDebug("not counted among the checkpoints to keep: {Reason}", e.Message);
            return summaries[entry.Step] = null;
        }
    }

    private bool Delete(CheckpointEntry entry)
    {
        summaries.Remove(entry.Step);
        return Leftovers.MoveAndDelete(entry.Path, log);
    }

    private bool IsSuperseded(CheckpointEntry entry)
    {
        try
        {
            return !IsCurrent(entry.ReadRecord().Id);
        }
        catch (CheckpointCorruptException)
        {
            return false;
        }
    }

    private string PathOf(long step) => Path.Combine(Directory, CheckpointNames.ForStep(step));

    private List<CheckpointEntry> ByName()
    {
        try
        {
            var entries = new List<CheckpointEntry>();
            foreach (var path in System.IO.Directory.EnumerateFileSystemEntries(Directory))
            {
                if (CheckpointNames.StepOf(Path.GetFileName(path)) is { } step)
                    entries.Add(new CheckpointEntry(step, path));
            }

            entries.Sort((one, other) => other.Step.CompareTo(one.Step));
            return entries;
        }
        catch (DirectoryNotFoundException) when (!Path.Exists(Directory))
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointCorruptException(Directory, file: null, $"the directory can't be listed: {e.Message}", e);
        }
    }
}
