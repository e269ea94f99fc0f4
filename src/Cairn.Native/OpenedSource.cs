using Cairn.Checkpoints;
using Cairn.Runs;

namespace Cairn.Native;

/// <summary>A checkpoint, or a safetensors file, that the host has open; and what it was told of it.</summary>
internal sealed class OpenedSource : IDisposable
{
    public static readonly Numbered<OpenedSource> All = new("this is no checkpoint, or one that was closed");

    private readonly Lock gate = new();
    private readonly List<SavedTable> told = [];
    private readonly Checkpoint? checkpoint;
    private readonly SafetensorsFile? file;

    /// <exception cref="CairnException">There is none that can be read.</exception>
    public OpenedSource(StartFrom from)
    {
        if (from.Parts.Count > 0)
            throw new ArgumentException("part=NAME is for cairn_start_from: here the parts are named when they are read");
        if (from is { Step: not null, Metric: not null })
            throw new ArgumentException("a step and a metric are both asked for: give one of them");
        if (!from.IsFile)
            checkpoint = from.Open(new HostLogger());
        else if (from is { Step: null, Metric: null })
            file = SafetensorsFile.Open(from.Source);
        else
            throw new ArgumentException($"{from.Source} is a file, in which there are no steps: leave out step and metric");
        Info = checkpoint is not null ? checkpoint.Info : new CheckpointInfo(-1, file!.Path) { SavedAt = new DateTimeOffset(File.GetLastWriteTimeUtc(file.Path)), Bytes = new FileInfo(file.Path).Length };
    }

    public CheckpointInfo Info { get; }

    /// <summary>What it has of a part. A file has the tensors of one, whatever that is called.</summary>
    public SavedTable Part(string name, int? rank)
    {
        var reader = checkpoint is not null ? checkpoint.Reader(name, rank) : new PartReader(new PartRecord(name, file!.Tensors, new Dictionary<string, PartValue>()), file.Read);
        var table = new SavedTable(reader.Record.WithoutSettings(), reader);
        lock (gate)
            told.Add(table);
        return table;
    }

    /// <summary>Loads parts; nothing is touched unless all of them fit.</summary>
    /// <returns>What was loaded, in words.</returns>
    public string Load(Dictionary<string, ICheckpointPart> parts, StartFrom choice)
    {
        if (file is not null && parts.Count != 1)
            throw new ArgumentException($"the file {file.Path} has the tensors of one part: load one");
        foreach (var name in parts.Keys)
            checkpoint?.Reader(name, rank: null); // of each rank's own it says that a rank is to be named
        return (checkpoint is not null ? BorrowedStart.Named(parts, choice, checkpoint) : BorrowedStart.OfFile(parts, choice)).Words;
    }

    /// <summary>Loads one rank's own states.</summary>
    public string Load(Dictionary<string, ICheckpointPart> parts, int rank)
    {
        if (checkpoint is null)
            throw new ArgumentException("a file has no ranks' states");
        foreach (var (name, part) in parts)
            checkpoint.Load(name, part, rank);
        return $"rank {rank}'s own state of {string.Join(", ", parts.Keys.Select(name => $"part '{name}'"))}";
    }

    public void Export(string part, string path) =>
        (checkpoint ?? throw new ArgumentException($"{Info.Path} is such a file already")).Export(part, path);

    public void Dispose()
    {
        foreach (var table in told)
            table.Dispose();
        checkpoint?.Dispose();
        file?.Dispose();
    }
}
