using System.Runtime.InteropServices;
using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Records;
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
internal sealed class CheckpointStore : IDisposable
{
    private readonly ILogger log;
    private readonly TimeProvider time;
    private readonly CheckpointWriter writer = new();
    private readonly StagedState staged = new();
    private readonly SortedList<long, KnownCheckpoint> known = [];
    private readonly Dictionary<long, Judged> judged = [];
    private IReadOnlyDictionary<string, Safetensors.SafetensorsLayout.Form>? forms;
    private readonly HashSet<long> toldUnreadable = [];
    private HashSet<CheckpointId>? passedOver;
    private RestoredFrom? restored;
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
    public IReadOnlyList<CheckpointEntry> List()
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
            throw CheckpointReadException.OfFolder(Directory, e);
        }
    }

    /// <summary>The highest number of an attempt that saved one of the checkpoints in a directory; 0 when there is none. One whose record cannot be read does not count.</summary>
    /// <exception cref="CheckpointReadException">The directory is there, but can't be listed.</exception>
    public static int NewestSaver(string directory, ILogger log, TimeProvider time)
    {
        using var store = new CheckpointStore(directory, log, time);
        var newest = 0;
        foreach (var entry in store.List())
        {
            try
            {
                newest = Math.Max(newest, OpenCheckpoint.ReadId(entry).Attempt);
            }
            catch (Exception error) when (error is CheckpointCorruptException or CheckpointReadException)
            {
                // What is wrong with it is said where it is passed over, or refuses the start.
            }
        }

        return newest;
    }

    /// <summary>Saves the parts' state as the checkpoint of a step, and returns when it is over. Where a valid one of the same step and state is there already, that one serves.</summary>
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
        var started = time.GetTimestamp();
        var skipped = new List<SkippedCheckpoint>();
        var touched = false;
        var (entries, lineage) = Patience.Read(time, log, LookAtAll);
        foreach (var entry in entries.Where(entry => entry.Step <= newest))
        {
            try
            {
                // What is half read is read anew from the beginning: a handle that went stale stays so.
                if (Patience.Read(time, log, () => Restore(entry)) is { } outcome)
                    return outcome;
            }
            catch (CheckpointCorruptException e)
            {
                PassOver(entry, new CheckpointFault(e.File, e.Problem).ToString());
            }
        }

        if (skipped.Count > 0)
            throw new NoValidCheckpointException(Directory, skipped, touched);
        restored = new RestoredFrom(null);
        return null;

        RestoreOutcome? Restore(CheckpointEntry entry)
        {
            using var checkpoint = OpenCheckpoint.Open(entry);
            if (lineage.WhyNot(checkpoint.Record.Id) is { } why)
            {
                PassOver(entry, why);
                return null;
            }

            checkpoint.CheckFiles();
            if (CheckpointLoad.FindDifferences(checkpoint.Record, parts, optional ?? []) is { Count: > 0 } differences)
                throw new CheckpointMismatchException(entry.Path, entry.Step, differences, touched);
            touched = true;
            CheckpointLoad.Restore(checkpoint, parts);
            restored = new RestoredFrom(entry.Step);
            return new RestoreOutcome(
                entry.Step,
                entry.Path,
                checkpoint.Record,
                skipped,
                Conditions.Changes(checkpoint.Record.Conditions, Conditions.Merge(parts.Select(part => (part.Key, part.Value.Describe())))),
                checkpoint.BytesRead,
                time.GetElapsedTime(started));
        }

        void PassOver(CheckpointEntry entry, string why)
        {
            skipped.Add(new SkippedCheckpoint(entry.Step, entry.Path, why));
            log.LogWarning("{Checkpoint} is passed over: {Reason}", entry.Path, why);
        }
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
    public IReadOnlyList<CheckpointEntry> FindSuperfluous(RetentionPolicy keep)
    {
        var valid = new Dictionary<long, (CheckpointEntry Entry, CheckpointSummary Summary)>();
        passedOver ??= FindPassedOver();
        foreach (var entry in List())
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

    private SavePlan Plan(
        long step, IReadOnlyDictionary<string, ICheckpointPart> parts, CheckpointOrigin origin, IReadOnlyDictionary<string, PartValue> metadata)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfNegative(origin.Attempt);
        ArgumentOutOfRangeException.ThrowIfLessThan(origin.WorldSize, 1);
        SavePlan.CheckValues("metadata", metadata);
        var plan = SavePlan.For(parts, forms);
        forms = plan.Forms();
        return plan;
    }

    private SavedCheckpoint SaveNow(long step, SavePlan plan, StagedState? staged, CheckpointOrigin origin, IReadOnlyDictionary<string, PartValue> metadata, OverlapGate? gate = null)
    {
        var (started, path) = (time.GetTimestamp(), PathOf(step));
        try
        {
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

            using var unchanged = FindUnchanged(step, plan, origin.Attempt);
            var written = staged is null ? writer.WriteLive(temporary, plan, unchanged, Describe) : writer.WriteStaged(temporary, plan, staged, unchanged, Describe);
            gate?.AwaitPassed();
            var alreadyThere = !Commit(temporary, written.Written.Record, path);
            newestSaved = written.Written.Record.Id;
            Remember(written.Written);
            judged.Remove(step);
            return new SavedCheckpoint(step, path, written.Bytes, time.GetElapsedTime(started), alreadyThere);
        }
        catch (IOException e)
        {
            throw new CheckpointWriteException(path, step, plan.PayloadBytes, e);
        }
        catch (CheckpointReadException e)
        {
            throw new CheckpointWriteException(path, step, plan.PayloadBytes, new IOException(e.Message.TrimEnd('.'), e));
        }
        catch (StagingFailedException e)
        {
            throw e.InnerException!;
        }
    }

    /// <summary>Gives what was written its name. Only where that is taken it is asked by whom: a rename never replaces a directory with something in it.</summary>
    /// <returns>False when the same state is there already.</returns>
    private bool Commit(TemporaryCheckpoint temporary, CommitRecord record, string path)
    {
        const int tries = 10;
        for (var left = tries; left > 0; left--)
        {
            BeforeCommit();
            if (temporary.TryCommitAs(path))
                return true;
            BeforeCommit(); // it may be a later attempt's
            if (FileStatus.OfName(path) is not { Incarnation: var there })
                continue; // gone meanwhile
            if (Judge(new CheckpointEntry(record.Step, path), record) is not { } why)
            {
                // Who wrote it may have died between the rename and this.
                BeforeCommit();
                PosixDirectory.SyncPath(Directory);
                return false;
            }

            BeforeCommit();
            MoveAside(record.Step, path, there, why);
        }

        throw new IOException($"{path} is taken again and again by another writer");
    }

    /// <summary>Why the checkpoint that has the name is to make room for another; null when it is the same state, and whole.</summary>
    /// <exception cref="IOException">It is not this attempt's to move.</exception>
    private string? Judge(CheckpointEntry entry, CommitRecord record)
    {
        CommitRecord there;
        try
        {
            using var checkpoint = OpenCheckpoint.Open(entry);
            there = checkpoint.Record;
            if (there.Attempt > record.Attempt)
                throw new IOException($"{entry.Path} is there already, by attempt {there.Attempt}, a later one than this");
            if (there.Id == newestSaved)
                checkpoint.CheckFiles();
            else if (checkpoint.FindFaults() is [var fault, ..])
                return fault.ToString();
        }
        catch (CheckpointCorruptException e)
        {
            return new CheckpointFault(e.File, e.Problem).ToString();
        }

        if (record.HasSameState(there))
            return null;
        if (there.Attempt == record.Attempt)
            throw new IOException($"this attempt has saved another state as step {entry.Step} already: a step has one state, so count it as another step");
        if (restored is { Step: { } from } && entry.Step > from)
            return $"attempt {there.Attempt} wrote it, and this attempt went on from step {from}";
        throw new IOException($"{entry.Path} is there already, a valid checkpoint of attempt {there.Attempt} with another state, and no start from an earlier state may replace it: move it out of the folder if it is not wanted");
    }

    private void MoveAside(long step, string path, Incarnation there, string why)
    {
        for (var number = 1; ; number++)
        {
            var aside = Path.Combine(Directory, CheckpointNames.Aside(step, number));
            if (Path.Exists(aside))
                continue;
            try
            {
                if (PosixDirectory.TryRename(path, aside, there))
                    log.LogWarning("{Path} was moved aside to {Aside}: {Reason}", path, aside, why);
                return;
            }
            catch (PosixException e) when (e.Errno == Errno.NoEntry)
            {
                return;
            }
        }
    }

    /// <summary>The two newest valid checkpoints before a step, whose files may be shared; null when there are not two.</summary>
    private UnchangedFiles? FindUnchanged(long step, SavePlan plan, int attempt)
    {
        OpenCheckpoint? newest = null;
        try
        {
            CheckpointEntry[] before = [.. List().Where(entry => entry.Step < step)];
            if (before.Length < 2 || HaveNothingInCommon(before, plan))
                return null;
            foreach (var entry in before)
            {
                if (TryOpen(entry) is not { } checkpoint)
                    continue;
                if (newest is not null)
                    return new UnchangedFiles(newest, checkpoint, writer.Verified);
                newest = checkpoint;
            }
        }
        catch (CheckpointReadException e)
        {
            // Sharing saves time; what cannot be shared is written. Which the two newest are is not known either.
            log.LogDebug("nothing is shared with older checkpoints: {Reason}", e.Message);
        }

        newest?.Dispose();
        return null;

        OpenCheckpoint? TryOpen(CheckpointEntry entry)
        {
            OpenCheckpoint? checkpoint = null;
            try
            {
                checkpoint = OpenCheckpoint.Open(entry, known.GetValueOrDefault(entry.Step));
                if (IsOurs(checkpoint.Record.Id, attempt))
                {
                    checkpoint.CheckFiles();
                    Remember(checkpoint.Known);
                    return checkpoint;
                }
            }
            catch (CheckpointCorruptException e)
            {
                log.LogDebug("nothing is shared with checkpoint {Step}: {Reason}", entry.Step, e.Message);
            }
            catch
            {
                checkpoint?.Dispose();
                throw;
            }

            checkpoint?.Dispose();
            return null;
        }
    }

    // What training changes is another file in each checkpoint: where that is all there is, nothing needs to be opened.
    private bool HaveNothingInCommon(CheckpointEntry[] before, SavePlan plan)
    {
        if (!known.TryGetValue(before[0].Step, out var newest) || !known.TryGetValue(before[1].Step, out var second))
            return false;
        foreach (var file in plan.Files)
        {
            if (newest.HashesIn(file.Name) is { } one && second.HashesIn(file.Name) is { } other && one.SequenceEqual(other))
                return false;
        }

        return true;
    }

    // The two newest are looked at by each save, and a third one while it is written.
    private void Remember(KnownCheckpoint checkpoint)
    {
        const int most = 3;
        known[checkpoint.Record.Step] = checkpoint;
        while (known.Count > most)
            known.RemoveAt(0);
    }

    /// <summary>Whether a checkpoint is of the line of training that this process goes on with.</summary>
    private bool IsOurs(CheckpointId id, int attempt) =>
        passedOver?.Contains(id) != true && (restored is null || id.Attempt == attempt || id.Step <= restored.Step);

    private CheckpointSummary? Summarize(CheckpointEntry entry, bool thoroughly)
    {
        if (!thoroughly && judged.TryGetValue(entry.Step, out var earlier))
            return earlier.Summary;
        judged.Remove(entry.Step);
        try
        {
            using var checkpoint = OpenCheckpoint.Open(entry, known.GetValueOrDefault(entry.Step));
            if (thoroughly)
                CheckBeforeOthersGo(checkpoint);
            var summary = IsOurs(checkpoint.Record.Id, newestSaved?.Attempt ?? 0) ? new CheckpointSummary(entry.Step, checkpoint.Record.Metadata) : null;
            judged[entry.Step] = new(summary, checkpoint.Directory.Incarnation);
            return summary;
        }
        catch (CheckpointCorruptException e)
        {
            log.LogDebug("not counted among the checkpoints to keep: {Reason}", e.Message);
            judged[entry.Step] = default;
            return null;
        }
        catch (CheckpointReadException e)
        {
            // Neither deleted nor counted, so none goes because of it.
            if (toldUnreadable.Add(entry.Step))
                log.LogWarning("what to keep is decided without this one, which stays: {Reason}", e.Message);
            return null;
        }
    }

    private bool Delete(CheckpointEntry entry) =>
        judged.Remove(entry.Step, out var then) && Leftovers.MoveAndDelete(entry.Path, then.Directory, log);

    /// <summary>The checkpoints and which of them belong together.</summary>
    private (IReadOnlyList<CheckpointEntry> Entries, Lineage Lineage) LookAtAll()
    {
        var entries = List();
        var there = new List<CheckpointId>();
        foreach (var entry in entries)
        {
            try
            {
                if (OpenCheckpoint.ReadId(entry) is var id && id.Step == entry.Step)
                    there.Add(id);
            }
            catch (CheckpointCorruptException)
            {
                // What is wrong with it is said where it is passed over.
            }
        }

        var lineage = Lineage.Of(there, AskResumedFrom);
        passedOver = [.. there.Where(id => lineage.WhyNot(id) is not null)];
        return (entries, lineage);
    }

    private long? AskResumedFrom(int attempt)
    {
        try
        {
            return ResumedFrom(attempt);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CheckpointReadException.OfJournals(Directory, e);
        }
    }

    private HashSet<CheckpointId> FindPassedOver()
    {
        LookAtAll();
        return passedOver!;
    }

    private string PathOf(long step) => Path.Combine(Directory, CheckpointNames.ForStep(step));

    /// <summary>What this process began with.</summary>
    /// <param name="Step">The step of the checkpoint; null where there was none.</param>
    private sealed record RestoredFrom(long? Step);

    /// <summary>A checkpoint as it was when it was looked at.</summary>
    /// <param name="Summary">Null when it does not count.</param>
    /// <param name="Directory">Which directory it was; null where the system does not tell.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Judged(CheckpointSummary? Summary, Incarnation? Directory);
}
