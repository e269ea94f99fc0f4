using System.Collections.Immutable;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Safetensors;

namespace Cairn.Checkpoints.Writing;

/// <summary>A payload file that is to be written.</summary>
/// <param name="Part">The part whose tensors are in it.</param>
/// <param name="Name">The file's name.</param>
/// <param name="Layout">Where everything is in it.</param>
/// <param name="IsFrozen">Whether it has what did not change in the saves before.</param>
internal sealed record FilePlan(string Part, string Name, SafetensorsLayout Layout, bool IsFrozen);

/// <summary>All that is known of a checkpoint before the first byte is copied: every file, every size, every value.</summary>
internal sealed class SavePlan
{
    private readonly int[] firstSegments;

    private SavePlan(
        ImmutableArray<(string Name, PartState State)> parts, FrozenTensors? frozen, IReadOnlyDictionary<string, SafetensorsLayout.Form>? earlier, FormatLimits limits)
    {
        Parts = parts;
        var files = ImmutableArray.CreateBuilder<FilePlan>();
        foreach (var (name, state) in parts)
            AddFiles(files, name, state, frozen?.Of(name), earlier, limits.File);
        Files = files.ToImmutable();
        (Segments, firstSegments) = Segment.Of(Files, limits.Segment);
        Limits = limits;
        SegmentLength = Segments.Length > Files.Length ? limits.Segment : FormatLimits.Uncut;
        Conditions = Checkpoints.Conditions.Merge(parts);
    }

    /// <summary>The parts in the order in which they were tracked, with their state.</summary>
    public ImmutableArray<(string Name, PartState State)> Parts { get; }

    /// <summary>The payload files. A part without tensors has none.</summary>
    public ImmutableArray<FilePlan> Files { get; }

    /// <summary>The files from cut to cut, in their order. A file that is no longer than a segment is one.</summary>
    public ImmutableArray<Segment> Segments { get; }

    /// <summary>The number of a file's first segment; of the file behind the last one that of the segment behind the last.</summary>
    public int FirstSegmentOf(int file) => firstSegments[file];

    /// <summary>Whether a segment has something that rank 0 must write. Such tensors are a file's first, and the first in a segment that has some.</summary>
    public bool IsOfFirstRank(int segment) =>
        Segments[segment] is { Tensors: > 0 } one && Files[one.File].Layout.Tensors[one.FirstTensor].OfFirstRank;

    /// <summary>How it was cut.</summary>
    public FormatLimits Limits { get; }

    /// <summary>Where files are cut; <see cref="FormatLimits.Uncut"/> where none is long enough, which is format 1.</summary>
    public long SegmentLength { get; }

    /// <summary>The conditions of all parts.</summary>
    public IReadOnlyDictionary<string, string> Conditions { get; }

    /// <summary>The size of all payload files in bytes.</summary>
    public long PayloadBytes => Files.Sum(file => file.Layout.FileSize);

    /// <summary>Asks every part for its state, and checks that it can be written so that it comes back as it is.</summary>
    /// <exception cref="ArgumentException">A name or value cannot; says which part's and what is wrong.</exception>
    /// <param name="parts">The parts.</param>
    /// <param name="frozen">What did not change in the saves before; null to go by what the parts say.</param>
    /// <param name="earlier">The forms of an earlier plan's files; null to plan anew.</param>
    /// <param name="limits">How the state is cut; null for the standard.</param>
    public static SavePlan For(
        IReadOnlyDictionary<string, ICheckpointPart> parts,
        FrozenTensors? frozen = null,
        IReadOnlyDictionary<string, SafetensorsLayout.Form>? earlier = null,
        FormatLimits? limits = null)
    {
        FileNames.CheckParts(parts.Keys);
        ImmutableArray<(string Name, PartState State)> states = [.. parts.Select(part => (part.Key, part.Value.Describe()))];
        foreach (var (name, state) in states)
            Check(name, state);
        return new SavePlan(states, frozen, earlier, limits ?? FormatLimits.Standard);
    }

    /// <summary>What of it serves the next plan, by the files' names.</summary>
    public IReadOnlyDictionary<string, SafetensorsLayout.Form> Forms()
    {
        var forms = new Dictionary<string, SafetensorsLayout.Form>(StringComparer.Ordinal);
        foreach (var file in Files)
            forms[file.Name] = file.Layout.FormAlone;
        return forms;
    }

    /// <summary>Checks names and values that are to be written into a record.</summary>
    /// <exception cref="ArgumentException">One can't be; says which.</exception>
    public static void CheckValues(string owner, IReadOnlyDictionary<string, PartValue> values)
    {
        foreach (var (name, value) in values)
        {
            CheckText(owner, name);
            if (Depth(value) > PartValueJson.MaximumDepth)
                throw new ArgumentException($"{owner}: the value '{name}' has more than {PartValueJson.MaximumDepth} lists within one another", nameof(values));
        }
    }

    private static void AddFiles(
        ImmutableArray<FilePlan>.Builder files,
        string part,
        PartState state,
        IReadOnlySet<string>? names,
        IReadOnlyDictionary<string, SafetensorsLayout.Form>? earlier,
        long most)
    {
        var (frozen, changing) = (new List<PartTensor>(), new List<PartTensor>());
        foreach (var tensor in FirstRanksFirst(state.Tensors))
            ((names?.Contains(tensor.Info.Name) ?? tensor.Frozen) ? frozen : changing).Add(tensor);
        var areChecked = false;
        AddFiles(changing, isFrozen: false);
        AddFiles(frozen, isFrozen: true);

        void AddFiles(List<PartTensor> tensors, bool isFrozen)
        {
            var ends = EndsOfFiles(tensors, most);
            for (var i = 0; i < ends.Count; i++)
            {
                var some = ends.Count == 1 ? tensors : tensors[(i == 0 ? 0 : ends[i - 1])..ends[i]];
                var name = ends.Count == 1 ? FileNames.Payload(part, isFrozen) : FileNames.Payload(part, isFrozen, i + 1);
                var layout = SafetensorsLayout.TryFor(some, earlier?.GetValueOrDefault(name));

                // Names that were right are right again.
                if (layout is null && !areChecked)
                    CheckTensors(part, state);
                areChecked |= layout is null;
                files.Add(new FilePlan(part, name, layout ?? SafetensorsLayout.For(some), isFrozen));
            }
        }
    }

    // What rank 0 has to write lies together, in as few segments as can be.
    private static IEnumerable<PartTensor> FirstRanksFirst(IReadOnlyList<PartTensor> tensors) =>
        tensors.Any(tensor => tensor.OfFirstRank) ? tensors.OrderBy(tensor => !tensor.OfFirstRank) : tensors;

    // In the part's order, each file as many tensors as go into it.
    private static List<int> EndsOfFiles(List<PartTensor> tensors, long most)
    {
        var (ends, bytes) = (new List<int>(), 0L);
        for (var i = 0; i < tensors.Count; i++)
        {
            var length = tensors[i].Info.ByteCount;
            if (bytes > 0 && length > most - bytes)
            {
                ends.Add(i);
                bytes = 0;
            }

            bytes += length;
        }

        if (tensors.Count > 0)
            ends.Add(tensors.Count);
        return ends;
    }

    private static void CheckTensors(string part, PartState state)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var tensor in state.Tensors)
        {
            CheckText(part, tensor.Info.Name);
            if (!names.Add(tensor.Info.Name))
                throw new ArgumentException($"{part}: two tensors have the name '{tensor.Info.Name}'", nameof(state));
            if (tensor.Info.Name == SafetensorsLayout.MetadataKey)
                throw new ArgumentException($"{part}: a tensor can't have the name '{SafetensorsLayout.MetadataKey}', safetensors keeps it for itself", nameof(state));
            foreach (var size in tensor.Info.Shape)
            {
                if (size < 0)
                    throw new ArgumentException($"{part}: {tensor.Info} has a negative size", nameof(state));
            }
        }
    }

    private static void Check(string part, PartState state)
    {
        CheckValues(part, state.Values);
        foreach (var (name, value) in state.Conditions)
        {
            CheckText(part, name);
            CheckText(part, value);
        }
    }

    // Half a surrogate pair has no UTF-8 form: it would come back as another name.
    private static void CheckText(string owner, string text)
    {
        if (!PartValueJson.IsWellFormed(text))
            throw new ArgumentException($"{owner}: '{text}' has half a surrogate pair and can't be written as UTF-8", nameof(text));
    }

    private static int Depth(PartValue value) =>
        value.Items is { } items ? 1 + items.Select(Depth).DefaultIfEmpty().Max() : 0;
}
