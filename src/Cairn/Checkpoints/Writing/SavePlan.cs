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
    private SavePlan(ImmutableArray<(string Name, PartState State)> parts, FrozenTensors? frozen, IReadOnlyDictionary<string, SafetensorsLayout.Form>? earlier)
    {
        Parts = parts;
        var files = ImmutableArray.CreateBuilder<FilePlan>();
        foreach (var (name, state) in parts)
            AddFiles(files, name, state, frozen?.Of(name), earlier);
        Files = files.ToImmutable();
        Conditions = Checkpoints.Conditions.Merge(parts);
    }

    /// <summary>The parts in the order in which they were tracked, with their state.</summary>
    public ImmutableArray<(string Name, PartState State)> Parts { get; }

    /// <summary>The payload files. A part without tensors has none.</summary>
    public ImmutableArray<FilePlan> Files { get; }

    /// <summary>The conditions of all parts.</summary>
    public IReadOnlyDictionary<string, string> Conditions { get; }

    /// <summary>The size of all payload files in bytes.</summary>
    public long PayloadBytes => Files.Sum(file => file.Layout.FileSize);

    /// <summary>Asks every part for its state, and checks that it can be written so that it comes back as it is.</summary>
    /// <exception cref="ArgumentException">A name or value cannot; says which part's and what is wrong.</exception>
    /// <param name="parts">The parts.</param>
    /// <param name="frozen">What did not change in the saves before; null to go by what the parts say.</param>
    /// <param name="earlier">The forms of an earlier plan's files; null to plan anew.</param>
    public static SavePlan For(
        IReadOnlyDictionary<string, ICheckpointPart> parts, FrozenTensors? frozen = null, IReadOnlyDictionary<string, SafetensorsLayout.Form>? earlier = null)
    {
        FileNames.CheckParts(parts.Keys);
        ImmutableArray<(string Name, PartState State)> states = [.. parts.Select(part => (part.Key, part.Value.Describe()))];
        foreach (var (name, state) in states)
            Check(name, state);
        return new SavePlan(states, frozen, earlier);
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
        IReadOnlyDictionary<string, SafetensorsLayout.Form>? earlier)
    {
        var (frozen, changing) = (new List<PartTensor>(), new List<PartTensor>());
        foreach (var tensor in state.Tensors)
            ((names?.Contains(tensor.Info.Name) ?? tensor.Frozen) ? frozen : changing).Add(tensor);
        var (changed, stayed) = (FileNames.Payload(part), FileNames.FrozenPayload(part));
        var (first, second) = (SafetensorsLayout.TryFor(changing, earlier?.GetValueOrDefault(changed)), SafetensorsLayout.TryFor(frozen, earlier?.GetValueOrDefault(stayed)));

        // Names that were right are right again.
        if ((first is null && changing.Count > 0) || (second is null && frozen.Count > 0))
            CheckTensors(part, state);
        if (changing.Count > 0)
            files.Add(new FilePlan(part, changed, first ?? SafetensorsLayout.For(changing), IsFrozen: false));
        if (frozen.Count > 0)
            files.Add(new FilePlan(part, stayed, second ?? SafetensorsLayout.For(frozen), IsFrozen: true));
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
