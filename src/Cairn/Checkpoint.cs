using System.Runtime.CompilerServices;
using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Safetensors;
using Cairn.Checkpoints.Shares;
using Cairn.Posix;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn;

/// <summary>A checkpoint that is read without a run: to evaluate it, to begin another training with it, to give a model away.</summary>
/// <remarks>
/// Nothing is claimed and nothing is written, so a run may go on in the folder meanwhile; what is open stays readable even when that
/// run deletes it. Every byte that is read is checked against its hash.
/// </remarks>
/// <example>
/// <code>
/// using var best = Checkpoint.OpenBest("checkpoints", "val_loss");
/// Console.WriteLine($"step {best.Step}: {best.Metrics["val_loss"]}");
/// float[] weights = best.ReadArray&lt;float&gt;("model", "0.weight");
/// </code>
/// </example>
public sealed class Checkpoint : IDisposable
{
    private readonly OpenCheckpoint opened;

    private Checkpoint(OpenCheckpoint opened, IReadOnlyList<SkippedCheckpoint> skipped)
    {
        this.opened = opened;
        Skipped = skipped;
        Parts = [.. opened.Record.Parts.Select(part => part.ToPartRecord().WithoutSettings())];
        Metrics = MetricsOf(opened.Record);
    }

    /// <summary>How many steps were completed when it was saved.</summary>
    public long Step => opened.Record.Step;

    /// <summary>Its directory.</summary>
    public string Path => opened.Directory.Path;

    /// <summary>When it was saved, in UTC.</summary>
    public DateTimeOffset SavedAt => opened.Record.SavedAt;

    /// <summary>The metrics that were reported in its step, by name.</summary>
    public IReadOnlyDictionary<string, double> Metrics { get; }

    /// <summary>What it has: parts with their tensors' names and forms, and their values.</summary>
    public IReadOnlyList<PartRecord> Parts { get; }

    /// <summary>The newer (or better) ones that could not be used, each with the reason. They were logged, too.</summary>
    public IReadOnlyList<SkippedCheckpoint> Skipped { get; }

    /// <summary>Lists a folder's checkpoints, the newest first; none where there is no such folder.</summary>
    /// <param name="directory">The checkpoint folder.</param>
    /// <exception cref="CheckpointReadException">The folder, or a journal in it, can't be read.</exception>
    public static IReadOnlyList<CheckpointInfo> List(string directory)
    {
        var found = new List<(CheckpointInfo Info, CheckpointId? Id)>();
        foreach (var entry in Entries(directory))
            found.Add(Summarize(entry));
        var lineage = LineageOf(directory, found.Select(one => one.Id).OfType<CheckpointId>());
        return [.. found.Select(one => one is { Info.Problem: null, Id: { } id } ? one.Info with { Problem = lineage.WhyNot(id) } : one.Info)];
    }

    /// <summary>Opens the newest checkpoint that a run would go on from.</summary>
    /// <param name="directory">The checkpoint folder.</param>
    /// <param name="logger">Told of each that cannot be used, as a warning. Default: standard error.</param>
    /// <exception cref="NoValidCheckpointException">There is none.</exception>
    /// <exception cref="CheckpointReadException">Something can't be read now.</exception>
    public static Checkpoint OpenNewest(string directory, ILogger? logger = null) =>
        OpenFirst(directory, ListReadable(directory), logger);

    /// <summary>Opens the checkpoint with the best value of a metric; of equal values the newer. One without the metric, or with NaN, is never the best.</summary>
    /// <param name="directory">The checkpoint folder.</param>
    /// <param name="metric">The name under which the run reported it (<see cref="TrainingRun.Report"/>).</param>
    /// <param name="goal">Which values are better. Default: the lowest.</param>
    /// <param name="logger">Told of each that cannot be used, as a warning. Default: standard error.</param>
    /// <exception cref="ArgumentException">No checkpoint there has this metric.</exception>
    /// <exception cref="NoValidCheckpointException">There is no checkpoint that can be used.</exception>
    /// <exception cref="CheckpointReadException">Something can't be read now.</exception>
    public static Checkpoint OpenBest(string directory, string metric, MetricGoal goal = MetricGoal.Minimize, ILogger? logger = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(metric);
        var all = ListReadable(directory);
        var measured = all.Where(one => one.Metrics.TryGetValue(metric, out var value) && !double.IsNaN(value)).ToList();
        if (measured.Count == 0 && all.Any(one => one.Problem is null))
        {
            var names = all.SelectMany(one => one.Metrics.Keys).Distinct().Order(StringComparer.Ordinal).ToList();
            throw new ArgumentException($"no checkpoint in {directory} has the metric '{metric}'; {(names.Count == 0 ? "none has any: run.Report(name, value) reports them" : $"there are {string.Join(", ", names)}")}", nameof(metric));
        }

        // The sort is stable: of equal values the newer comes first.
        return OpenFirst(directory, [.. measured.OrderBy(one => goal == MetricGoal.Minimize ? one.Metrics[metric] : -one.Metrics[metric])], logger);
    }

    /// <summary>Opens the checkpoint of a step, whatever line of training it is of.</summary>
    /// <param name="directory">The checkpoint folder.</param>
    /// <param name="step">The step.</param>
    /// <exception cref="ArgumentException">There is none of this step.</exception>
    /// <exception cref="CheckpointCorruptException">It is damaged.</exception>
    /// <exception cref="CheckpointReadException">Something can't be read now.</exception>
    public static Checkpoint Open(string directory, long step)
    {
        var entries = Entries(directory);
        var entry = entries.FirstOrDefault(one => one.Step == step)
            ?? throw new ArgumentException($"there is no checkpoint of step {step} in {directory}; {(entries.Count == 0 ? NoValidCheckpointException.NothingIn(directory) : $"there are {string.Join(", ", entries.Select(one => one.Step))}")}", nameof(step));
        return Patience.Read(TimeProvider.System, NullLogger.Instance, () => Open(entry, []));
    }

    /// <summary>What the checkpoint says of a part.</summary>
    /// <exception cref="ArgumentException">It has no such part.</exception>
    public PartRecord Part(string part) =>
        Parts.FirstOrDefault(one => one.Name == part)
        ?? throw new ArgumentException($"checkpoint {Path} has no part '{part}'; it has {string.Join(", ", Parts.Select(one => one.Name))}", nameof(part));

    /// <summary>What the checkpoint says of one rank's state of a part of which each has its own (<see cref="PartRecord.Ranks"/>).</summary>
    /// <param name="part">The part.</param>
    /// <param name="rank">Whose state, from 0.</param>
    /// <exception cref="ArgumentException">It has no such part, or no state of such a rank.</exception>
    /// <exception cref="CheckpointCorruptException">The bytes are not those that were saved.</exception>
    /// <exception cref="CheckpointReadException">They can't be read now.</exception>
    public PartRecord Part(string part, int rank) => OfRank(part, rank).Record.WithoutSettings();

    /// <summary>Reads one tensor's elements, in row-major order.</summary>
    /// <typeparam name="T">A type of the tensor's element size, <c>float</c> for <see cref="DType.Float32"/>.</typeparam>
    /// <param name="part">The part.</param>
    /// <param name="tensor">The tensor's name within it.</param>
    /// <exception cref="ArgumentException">There is no such tensor, or its elements have another size.</exception>
    /// <exception cref="CheckpointCorruptException">The bytes are not those that were saved.</exception>
    /// <exception cref="CheckpointReadException">They can't be read now.</exception>
    public T[] ReadArray<T>(string part, string tensor)
        where T : unmanaged
    {
        var info = Find(part, tensor);
        if (Unsafe.SizeOf<T>() != info.ElementSize)
            throw new ArgumentException($"{info} has elements of {info.ElementSize} bytes, {typeof(T).Name} has {Unsafe.SizeOf<T>()}", nameof(tensor));
        var data = new T[info.ByteCount / info.ElementSize];
        CheckpointLoad.Read(opened, part, [new ArrayTensor<T>(info, data)]);
        return data;
    }

    /// <summary>Loads one rank's state of a part of which each has its own (<see cref="PartRecord.Ranks"/>). Nothing is touched unless all of it fits.</summary>
    /// <param name="part">The part's name in the checkpoint.</param>
    /// <param name="into">What takes it, in place.</param>
    /// <param name="rank">Whose state, from 0.</param>
    /// <exception cref="ArgumentException">It has no such part, or no state of such a rank.</exception>
    /// <exception cref="CheckpointMismatchException">It does not fit; all differences are listed.</exception>
    /// <exception cref="CheckpointCorruptException">The bytes are not those that were saved; nothing was touched.</exception>
    /// <exception cref="CheckpointReadException">They can't be read now; nothing was touched.</exception>
    public void Load(string part, ICheckpointPart into, int rank)
    {
        ArgumentNullException.ThrowIfNull(into);
        var saved = OfRank(part, rank);
        ThrowIfDifferent(part, into.FindDifferences(saved.Record.WithoutSettings()));
        into.Restore(new PartReader(saved.Record.WithoutSettings(), saved.Read));
    }

    /// <summary>Loads a whole part. Nothing is touched unless all of it fits.</summary>
    /// <param name="part">The part's name in the checkpoint.</param>
    /// <param name="into">What takes it, in place.</param>
    /// <exception cref="ArgumentException">It has no such part, or each rank has its own state of it.</exception>
    /// <exception cref="CheckpointMismatchException">It does not fit; all differences are listed.</exception>
    /// <exception cref="CheckpointCorruptException">The bytes are not those that were saved; the target may be half overwritten.</exception>
    /// <exception cref="CheckpointReadException">They can't be read now; the target may be half overwritten.</exception>
    public void Load(string part, ICheckpointPart into)
    {
        ArgumentNullException.ThrowIfNull(into);
        ThrowIfPerRank(part);
        var saved = Part(part);
        ThrowIfDifferent(part, into.FindDifferences(saved));
        CheckpointLoad.Restore(opened, saved, into);
    }

    /// <summary>Loads tensors of a part into tensors that need not be the same ones. Nothing is touched unless element types and shapes fit.</summary>
    /// <param name="part">The part's name in the checkpoint.</param>
    /// <param name="targets">What takes them, in place.</param>
    /// <param name="savedName">The name in the checkpoint of a target's name, or null to leave that target as it is. Default: the same name.</param>
    /// <param name="strict">Whether it is an error when a target is not in the checkpoint, or a tensor of it has no target. Default: true.</param>
    /// <returns>What was loaded and what was not.</returns>
    /// <exception cref="ArgumentException">It has no such part.</exception>
    /// <exception cref="CheckpointMismatchException">It does not fit; all differences are listed.</exception>
    /// <exception cref="CheckpointCorruptException">The bytes are not those that were saved; targets may be half overwritten.</exception>
    /// <exception cref="CheckpointReadException">They can't be read now; targets may be half overwritten.</exception>
    public LoadedTensors Load(string part, IReadOnlyCollection<PartTensor> targets, Func<string, string?>? savedName = null, bool strict = true)
    {
        ArgumentNullException.ThrowIfNull(targets);
        var match = Match(part, targets, savedName, strict);
        if (match.Differences.Count > 0)
            throw CheckpointMismatchException.OfLoad(Path, Step, match.Differences, TensorMatch.Advice);
        CheckpointLoad.Read(opened, part, match.Wanted);
        return match.Loaded;
    }

    /// <summary>
    /// Writes all tensors of a part into one plain safetensors file, those that training does not change too: what
    /// <c>safetensors.torch.load_file(path)</c> reads in Python. A file of this name is replaced as a whole. Of a part of which each rank has its own
    /// state (<see cref="PartRecord.Ranks"/>) these are tensors of bytes.
    /// </summary>
    /// <param name="part">The part, <c>model</c> for example.</param>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">It has no such part, or that has no tensor; or the file would lie in a checkpoint.</exception>
    /// <exception cref="IOException">The file can't be written; nothing of it is left.</exception>
    /// <exception cref="CheckpointCorruptException">The bytes are not those that were saved; nothing is left of the file.</exception>
    /// <exception cref="CheckpointReadException">They can't be read now; nothing is left of the file.</exception>
    public void Export(string part, string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Part(part).Tensors.Count == 0)
            throw new ArgumentException($"part '{part}' of checkpoint {Path} has no tensor", nameof(part));
        path = System.IO.Path.GetFullPath(path);
        if (System.IO.Path.GetDirectoryName(path) is { } folder && CheckpointNames.StepOf(System.IO.Path.GetFileName(folder)) is not null)
            throw new ArgumentException($"{path} lies in a checkpoint's own directory, whose files are what was saved: name a file elsewhere", nameof(path));
        if (FileStatus.At(path) is { IsFile: false })
            throw new IOException($"{path} is no regular file, in whose place one could be put (a directory, a device, a pipe): name another");
        ExportFile.Write(path, Part(part).Tensors, tensors => CheckpointLoad.Read(opened, part, tensors));
    }

    /// <summary>The files behind it.</summary>
    internal OpenCheckpoint Opened => opened;

    /// <summary>The same as <see cref="List"/> says of it.</summary>
    internal CheckpointInfo Info => InfoOf(opened);

    /// <summary>Reads a part: one that is the same for all ranks, or one rank's own.</summary>
    /// <param name="part">The part.</param>
    /// <param name="rank">Whose state; null for a part that is one for all.</param>
    /// <exception cref="ArgumentException">There is no such part, or no state of such a rank.</exception>
    internal PartReader Reader(string part, int? rank)
    {
        if (rank is { } whose)
            return OfRank(part, whose);
        ThrowIfPerRank(part);
        return new PartReader(Part(part), targets => CheckpointLoad.Read(opened, part, targets));
    }

    /// <summary>What of a part goes into which target, as <see cref="Load(string, IReadOnlyCollection{PartTensor}, Func{string, string?}?, bool)"/> does it. Changes nothing.</summary>
    internal TensorMatch Match(string part, IReadOnlyCollection<PartTensor> targets, Func<string, string?>? savedName, bool strict) =>
        TensorMatch.Of(Part(part).Tensors, "checkpoint", $"{part}: ", targets, savedName, strict);

    /// <summary>Closes its files.</summary>
    public void Dispose() => opened.Dispose();

    private void ThrowIfPerRank(string part)
    {
        if (Part(part).Ranks is > 0 and var ranks)
            throw new ArgumentException($"each of {ranks} ranks has a state of its own of part '{part}' in checkpoint {Path}: say whose, by Load(\"{part}\", into, rank: 0)", nameof(part));
    }

    private PartReader OfRank(string part, int rank)
    {
        var ranks = Part(part).Ranks;
        if (rank < 0 || rank >= ranks)
            throw new ArgumentException(ranks == 0 ? $"part '{part}' of checkpoint {Path} is one for all ranks" : $"checkpoint {Path} has states of part '{part}' of ranks 0 to {ranks - 1}, and none of rank {rank}", nameof(rank));
        return new SavedRanks(opened, opened.Record.Parts.First(one => one.Name == part))[rank];
    }

    private void ThrowIfDifferent(string part, IEnumerable<string> found)
    {
        List<string> differences = [.. found.Select(difference => $"{part}: {difference}")];
        if (differences.Count > 0)
            throw CheckpointMismatchException.OfLoad(Path, Step, differences, "Load it into one that was made as the saved one was.");
    }

    private static Checkpoint Open(CheckpointEntry entry, IReadOnlyList<SkippedCheckpoint> skipped)
    {
        var checkpoint = OpenCheckpoint.Open(entry);
        try
        {
            checkpoint.CheckFiles();
            return new(checkpoint, skipped);
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    // What one that can't be read has to say may change the choice: its metric, its step, or that another one is of another line of training.
    private static IReadOnlyList<CheckpointInfo> ListReadable(string directory)
    {
        var all = List(directory);
        return all.Select(one => one.ReadError).OfType<CheckpointReadException>().FirstOrDefault() is { } error ? throw error : all;
    }

    private static Checkpoint OpenFirst(string directory, IReadOnlyList<CheckpointInfo> candidates, ILogger? logger)
    {
        var (log, skipped) = (new GuardedLogger(logger ?? new ConsoleLogger()), new List<SkippedCheckpoint>());
        foreach (var one in candidates)
        {
            var problem = one.Problem;
            try
            {
                if (problem is null)
                    return Patience.Read(TimeProvider.System, log, () => Open(new CheckpointEntry(one.Step, one.Path), skipped));
            }
            catch (CheckpointCorruptException error)
            {
                problem = new CheckpointFault(error.File, error.Problem).ToString(); // deleted or damaged since it was listed
            }

            skipped.Add(new SkippedCheckpoint(one.Step, one.Path, problem!));
            log.LogWarning(LogEvents.CheckpointPassedOver, "{Checkpoint} is passed over: {Reason}", one.Path, problem);
        }

        throw NoValidCheckpointException.ToOpen(directory, skipped);
    }

    private static (CheckpointInfo Info, CheckpointId? Id) Summarize(CheckpointEntry entry)
    {
        var info = new CheckpointInfo(entry.Step, entry.Path);
        try
        {
            using var checkpoint = Patience.Read(TimeProvider.System, NullLogger.Instance, () => OpenCheckpoint.Open(entry));
            info = InfoOf(checkpoint);
            checkpoint.CheckFiles();
            return (info, checkpoint.Record.Id);
        }
        catch (CheckpointCorruptException error)
        {
            return (info with { Problem = new CheckpointFault(error.File, error.Problem).ToString() }, null);
        }
        catch (CheckpointReadException error)
        {
            return (info with { Problem = error.Message, ReadError = error }, null);
        }
    }

    private static CheckpointInfo InfoOf(OpenCheckpoint checkpoint) => new(checkpoint.Record.Step, checkpoint.Directory.Path)
    {
        SavedAt = checkpoint.Record.SavedAt,
        Bytes = checkpoint.Bytes,
        Metrics = MetricsOf(checkpoint.Record),
        Parts = [.. checkpoint.Record.Parts.Select(part => part.Name)],
    };

    private static IReadOnlyList<CheckpointEntry> Entries(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        using var store = new CheckpointStore(directory, NullLogger.Instance, TimeProvider.System);
        return store.List();
    }

    private static Lineage LineageOf(string directory, IEnumerable<CheckpointId> there)
    {
        try
        {
            return Lineage.Of(there, AttemptHistory.Of(System.IO.Path.GetFullPath(directory)).ResumedFrom);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CheckpointReadException.OfJournals(directory, error);
        }
    }

    private static Dictionary<string, double> MetricsOf(CommitRecord record)
    {
        var metrics = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (name, value) in record.Metadata)
        {
            if (value.Number is { } number)
                metrics[name] = number;
        }

        return metrics;
    }

    private TensorInfo Find(string part, string tensor)
    {
        var tensors = Part(part).Tensors;
        return tensors.FirstOrDefault(one => one.Name == tensor)
            ?? throw new ArgumentException($"part '{part}' of checkpoint {Path} has no tensor '{tensor}'; it has {TensorInfo.Some(tensors)}", nameof(tensor));
    }
}
