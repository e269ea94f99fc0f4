using System.Collections.Immutable;
using Cairn.Checkpoints;
using Cairn.Runs;
using TorchSharp;
using static TorchSharp.torch;

namespace Cairn;

/// <summary>Torch's random numbers, so that dropout, shuffles and noise go on as if nothing had happened; and torch's thread count.</summary>
/// <remarks>
/// <para>The CPU generator is saved and put back exactly.</para>
/// <para>
/// TorchSharp can neither read nor set the generators of CUDA devices. Where there are any (or where a seed is given), all
/// generators are seeded anew at the beginning of every step from (seed, step), which makes a step's random numbers a function of
/// the step. This has been tried on the CPU only; whether every CUDA kernel then computes the same bits is the kernel's affair.
/// </para>
/// <para>
/// A checkpoint holds rank 0's generator. Another rank that begins with the same seed draws the same numbers and goes on with it.
/// One that begins with another seed (or without one) draws its numbers, in every attempt, from its first seed and the step's number, as
/// above; that seed is kept in <c>ranks/</c> in the checkpoint folder. Where training goes on with more ranks than before, the new ones get seeds
/// made of rank 0's, the step and their rank, which are kept there, too; the others keep theirs.
/// </para>
/// <para>
/// Sums depend on the number of threads, so a restore also sets torch's thread count to the saved one. Other sources of random
/// numbers (System.Random, native libraries) are not covered.
/// </para>
/// </remarks>
public sealed class RandomStatePart : ICheckpointPart, IRankPart
{
    private const string GeneratorName = "cpu";
    private const string ReseedName = "reseed";
    private const string ThreadsName = "threads";

    private readonly bool isSeedGiven;
    private readonly bool hasCuda;
    private long? reseed;
    private long seedAtStart;
    private bool hasSeedOfOwn;

    /// <summary>Makes a part of torch's random state.</summary>
    /// <param name="reseedEveryStep">
    /// A seed: the generators of the CPU and of all CUDA devices are seeded from it and from the step's number when a step begins.
    /// Null: so it is only where CUDA is available, with torch's own seed.
    /// </param>
    public RandomStatePart(long? reseedEveryStep = null)
        : this(reseedEveryStep, cuda.is_available())
    {
    }

    internal RandomStatePart(long? reseedEveryStep, bool hasCuda)
    {
        this.hasCuda = hasCuda;
        isSeedGiven = reseedEveryStep is not null;
        reseed = reseedEveryStep ?? (hasCuda ? torch.random.initial_seed() : null);
    }

    /// <inheritdoc/>
    public PartState Describe() => new()
    {
        Tensors = [PartTensor.Of(GeneratorName, DType.UInt8, ReadGenerator())],
        Values = new Dictionary<string, PartValue>(StringComparer.Ordinal)
        {
            [ReseedName] = PartValue.From(reseed),
            [ThreadsName] = PartValue.From((long)torch.get_num_threads()),
        },
        Conditions = TorchConditions.Current(),
    };

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        // Torch ends the whole process when it is given a state of another size, so this comparison is more than courtesy.
        foreach (var difference in saved.DifferencesFrom([new TensorInfo(GeneratorName, DType.UInt8, ImmutableArray.Create((long)ReadGenerator().Length))]))
            yield return difference;

        if (!saved.Values.TryGetValue(ThreadsName, out var threads) || threads.Integer is not (> 0 and <= int.MaxValue))
            yield return "the number of threads is not in the checkpoint";

        if (!saved.Values.TryGetValue(ReseedName, out var then) || (then.Integer is null && then != PartValue.None))
            yield return "whether the generators are seeded at every step is not in the checkpoint";
        else if (isSeedGiven && !hasSeedOfOwn && then != PartValue.From(reseed))
            yield return $"the generators are seeded at every step from {reseed}, in the checkpoint from {then}";
    }

    /// <inheritdoc/>
    public void Restore(PartReader saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        var bytes = saved.ReadBytes(GeneratorName);
        torch.set_num_threads((int)saved.Record.Values[ThreadsName].Integer!);
        if (!hasSeedOfOwn)
            reseed = saved.Record.Values[ReseedName].Integer;
        using var state = tensor(bytes, dtype: ScalarType.Byte);
        torch.set_rng_state(state);
    }

    /// <inheritdoc/>
    void IRankPart.BeforeRestore(RankSeeds seeds)
    {
        seedAtStart = torch.random.initial_seed();
        hasSeedOfOwn = isSeedGiven && seeds.Rank > 0; // the checkpoint has rank 0's
        if (seeds.Rank == 0 && seeds.Find(0) is null)
            seeds.Keep(seedAtStart);
    }

    /// <inheritdoc/>
    IEnumerable<string> IRankPart.AfterRestore(RankSeeds seeds, long step)
    {
        if (isSeedGiven || seeds.Rank == 0)
            yield break;
        var ofRun = seeds.OfRun();
        var kept = seeds.Find(seeds.Rank)?.Seed;
        var comesNew = kept is null && seedAtStart != ofRun && seeds.Rank >= seeds.RanksBefore;
        var seed = kept ?? (comesNew ? SeedOfNewRank(ofRun, step, seeds.Rank) : seedAtStart);
        if (kept is null)
            seeds.Keep(seed, comesNew ? step : 0);
        if (seed == ofRun)
            yield break;
        reseed = seed;
        if (comesNew && seeds.Find(seeds.Rank - 1) is { } before && before.Step != step) // the first of those that come
            yield return $"the checkpoint is of {seeds.RanksBefore} ranks, now there are {seeds.WorldSize}: from rank {seeds.Rank} on they draw their random numbers from seeds that are made of the run's, step {step} and the rank";
        else if (!comesNew && kept is null && step > 0)
            yield return $"rank {seeds.Rank} finds no seed of its own in the checkpoint folder's ranks/, so from step {step} on its random numbers are others than before the cut; keep that folder with the checkpoints";
        else if (!comesNew && seeds.Rank == 1)
            yield return "ranks that began with another seed than rank 0 draw their random numbers from that seed and the step's number, for rank 0's generator alone is saved";
    }

    /// <inheritdoc/>
    public void OnStepBegin(long step)
    {
        if (reseed is not { } seed)
            return;
        var numbers = new SplitMix64(seed, step);
        torch.manual_seed((long)numbers.Next());
        if (hasCuda)
            cuda.manual_seed_all((long)numbers.Next());
    }

    // For one seed and step no two ranks get the same number: the last step of the mixing is a bijection.
    private static long SeedOfNewRank(long ofRun, long step, int rank) =>
        (long)new SplitMix64((long)new SplitMix64(ofRun, step).Next(), rank).Next();

    private static byte[] ReadGenerator()
    {
        using var state = torch.get_rng_state();
        return state.bytes.ToArray();
    }
}
