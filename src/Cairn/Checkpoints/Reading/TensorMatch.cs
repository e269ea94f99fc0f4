namespace Cairn.Checkpoints.Reading;

/// <summary>Which saved tensors go into which of a program's, and what does not fit. A pure decision.</summary>
/// <param name="Wanted">The targets, under their saved names.</param>
/// <param name="Loaded">The same in words of the program.</param>
/// <param name="AsTheyAre">The targets that stay as they are.</param>
/// <param name="Differences">Why nothing may be loaded; none when all fits.</param>
internal sealed record TensorMatch(IReadOnlyCollection<PartTensor> Wanted, LoadedTensors Loaded, IReadOnlyList<string> AsTheyAre, IReadOnlyList<string> Differences)
{
    /// <summary>What to do where something differs.</summary>
    public const string Advice = "Say by savedName which names go together, or with strict: false load what is in both.";

    /// <summary>Overwrites the part's tensors that go together with saved ones.</summary>
    /// <param name="part">The part that described the targets.</param>
    /// <param name="read">Reads tensors by their saved names.</param>
    public void Load(ICheckpointPart part, Action<IReadOnlyCollection<PartTensor>> read)
    {
        if (part is not IPutsBackSome { PutsBackSome: true })
        {
            read(Wanted);
            return;
        }

        var saved = new Dictionary<string, TensorInfo>(StringComparer.Ordinal);
        foreach (var wanted in Wanted)
            saved.Add(Loaded.Loaded[saved.Count], wanted.Info);
        part.Restore(new PartReader(
            new PartRecord(string.Empty, [.. saved.Select(one => one.Value with { Name = one.Key })], new Dictionary<string, PartValue>()),
            targets => read([.. targets.Select(target => new RenamedTensor(saved[target.Info.Name], target))])));
    }

    /// <summary>Matches.</summary>
    /// <param name="there">What was saved.</param>
    /// <param name="source">What it is that has them, <c>checkpoint</c> or <c>file</c>.</param>
    /// <param name="prefix">Before each difference, the part's name.</param>
    /// <param name="targets">What takes them.</param>
    /// <param name="savedName">The saved name of a target's name, or null to leave that target as it is; null for the same names.</param>
    /// <param name="strict">Whether all of both sides must go together.</param>
    public static TensorMatch Of(
        IReadOnlyList<TensorInfo> there, string source, string prefix, IReadOnlyCollection<PartTensor> targets, Func<string, string?>? savedName, bool strict)
    {
        var saved = there.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        var (wanted, loaded, missing, asTheyAre, differences) = (new List<PartTensor>(), new List<string>(), new List<string>(), new List<string>(), new List<string>());
        foreach (var target in targets)
        {
            var (own, name) = (target.Info.Name, savedName is null ? target.Info.Name : savedName(target.Info.Name));
            if (name is null)
            {
                asTheyAre.Add(own);
                continue;
            }

            if (!saved.TryGetValue(name, out var tensor))
            {
                asTheyAre.Add(own);
                missing.Add(own);
                if (strict)
                    differences.Add($"{prefix}{own} ({target.Info.Form}) is not in the {source}{(name == own ? "" : $" as {name}")}");
                continue;
            }

            taken.Add(name);
            if (!tensor.Equals(target.Info with { Name = name }))
                differences.Add($"{prefix}{own} is {target.Info.Form}, in the {source} {(name == own ? "" : $"{name} is ")}{tensor.Form}");
            wanted.Add(name == own ? target : new RenamedTensor(tensor, target));
            loaded.Add(own);
        }

        List<TensorInfo> left = [.. there.Where(tensor => !taken.Contains(tensor.Name))];
        if (strict)
            differences.AddRange(left.Select(tensor => $"{prefix}{tensor.Name} ({tensor.Form}) is in the {source}, but nothing takes it"));
        return new(wanted, new(loaded, missing, [.. left.Select(tensor => tensor.Name)]), asTheyAre, differences);
    }
}
