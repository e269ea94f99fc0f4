using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Cairn.Checkpoints;

/// <summary>A <see cref="Random"/> as a part of a checkpoint: the numbers that come next come next after a restore, too.</summary>
/// <remarks>
/// .NET gives its state to nobody, so its private fields are read and written, and only where they are the ones that .NET 10 has:
/// 32 bytes of one that was made without a seed, 56 numbers and two places of one that was made with a seed.
/// </remarks>
internal sealed class SystemRandomPart : ICheckpointPart, IMayDifferByRank
{
    private const string CoreLibrary = "System.Private.CoreLib";
    private const string KindName = "random";
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public;

    private readonly object holder;
    private readonly FieldInfo[] fields;
    private readonly FieldInfo? seeded;
    private readonly string kind;

    /// <summary>Makes a part of a generator.</summary>
    /// <param name="random">The generator, made in the same way (with a seed or without one) in every attempt.</param>
    /// <exception cref="UntrackableStateException">
    /// It is <see cref="Random.Shared"/>, which has a state for every thread, or of a class derived from Random; or .NET keeps its
    /// state in other fields than Cairn knows.
    /// </exception>
    [DynamicDependency(DynamicallyAccessedMemberTypes.NonPublicFields, "System.Random", CoreLibrary)]
    [DynamicDependency(DynamicallyAccessedMemberTypes.NonPublicFields, "System.Random.XoshiroImpl", CoreLibrary)]
    [DynamicDependency(DynamicallyAccessedMemberTypes.NonPublicFields, "System.Random.CompatSeedImpl", CoreLibrary)]
    [DynamicDependency(DynamicallyAccessedMemberTypes.NonPublicFields, "System.Random.CompatPrng", CoreLibrary)]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Kept where code is trimmed, by the lines above; where one is missing that is found here, and refused.")]
    public SystemRandomPart(Random random)
    {
        ArgumentNullException.ThrowIfNull(random);
        if (ReferenceEquals(random, Random.Shared))
            throw new UntrackableStateException("Random.Shared can't be tracked: it has a state of its own for every thread. Use a new Random()");
        if (random.GetType() != typeof(Random))
            throw new UntrackableStateException($"{random.GetType().Name} can't be tracked: it is derived from Random, so nobody can say what its state is. Track a Random itself, or write a part of your own ({nameof(ICheckpointPart)})");
        var implementation = typeof(Random).GetField("_impl", Own)?.GetValue(random) ?? throw Unknown();
        if (Find(implementation, "_s0", "_s1", "_s2", "_s3") is { } words && words.All(field => field.FieldType == typeof(ulong)))
        {
            (kind, holder, fields) = ("without a seed", implementation, words);
            return;
        }

        // A struct within the object: a copy of it in a box, put back as a whole.
        kind = "with a seed";
        seeded = Find(implementation, "_prng")?[0] ?? throw Unknown();
        holder = implementation;
        fields = Find(seeded.GetValue(implementation)!, "_seedArray", "_inext", "_inextp") ?? throw Unknown();
        if (fields[0].FieldType != typeof(int[]) || fields[1].FieldType != typeof(int) || fields[2].FieldType != typeof(int))
            throw Unknown();
    }

    /// <inheritdoc/>
    public PartState Describe()
    {
        var values = new Dictionary<string, PartValue>(StringComparer.Ordinal) { [KindName] = PartValue.From(kind) };
        var owner = Owner();
        foreach (var field in fields)
        {
            values[NameOf(field)] = field.GetValue(owner) switch
            {
                ulong word => PartValue.From(unchecked((long)word)),
                int place => PartValue.From((long)place),
                int[] numbers => PartValue.From(numbers.Select(number => PartValue.From((long)number))),
                _ => throw Unknown(),
            };
        }

        return new() { Values = values };
    }

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        if (!saved.Values.TryGetValue(KindName, out var value) || value.Text is not { } then)
            return ["it is a System.Random, in the checkpoint it is none"];
        if (then != kind)
            return [$"the System.Random was made {kind}, in the checkpoint {then}; make it in the same way as then"];
        var now = Describe().Values;
        return [.. now.Where(entry => entry.Key != KindName && (!saved.Values.TryGetValue(entry.Key, out var other) || !HasForm(other, entry.Value))).Select(entry => $"{entry.Key} of the System.Random is not in the checkpoint as this version of .NET keeps it")];
    }

    /// <inheritdoc/>
    public void Restore(PartReader saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        var owner = Owner();
        foreach (var field in fields)
        {
            var value = saved.Record.Values[NameOf(field)];
            field.SetValue(owner, value.Items is { } numbers ? numbers.Select(number => (int)number.Integer!).ToArray()
                : field.FieldType == typeof(ulong) ? unchecked((ulong)value.Integer!.Value)
                : (object)(int)value.Integer!);
        }

        seeded?.SetValue(holder, owner);
    }

    private object Owner() => seeded is null ? holder : seeded.GetValue(holder)!;

    private static bool HasForm(PartValue saved, PartValue now) => now.Items is { } items
        ? saved.Items is { } then && then.Count == items.Count && then.All(item => item.Integer is not null)
        : saved.Integer is not null;

    private static string NameOf(FieldInfo field) => field.Name.TrimStart('_');

    /// <summary>The fields of these names, if there are no others.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "As at the constructor.")]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "As at the constructor.")]
    private static FieldInfo[]? Find(object owner, params string[] names)
    {
        var found = owner.GetType().GetFields(Own);
        return found.Length == names.Length && names.All(name => found.Any(field => field.Name == name)) ? [.. names.Select(name => found.First(field => field.Name == name))] : null;
    }

    private static UntrackableStateException Unknown() =>
        new($"System.Random of .NET {Environment.Version} keeps its state in other fields than Cairn knows, so a save of it would not be complete; use .NET 10 or a newer Cairn");
}
