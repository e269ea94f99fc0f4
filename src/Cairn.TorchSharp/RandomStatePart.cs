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
/// Where ranks act together a checkpoint holds the generator of each, and each goes on with its own. Where more ranks than before go on, the new
/// ones are seeded from rank 0's first seed, the step and their rank, and the log says so; where all ranks began with one seed, they
/// draw what rank 0 draws.
/// </para>
/// <para>
/// Where they go apart (<see cref="RankMode"/>) a checkpoint holds rank 0's generator alone. A rank that begins with another seed (or without one)
/// then draws its numbers, in every attempt, from its first seed and the step's number, as above; that seed is kept in <c>ranks/</c> in the
/// checkpoint folder.
/// </para>
/// <para>
/// Sums depend on the number of threads, so a restore also sets torch's thread count to the saved one. Other sources of random
/// numbers (System.Random, native libraries) are not covered.
/// </para>
/// </remarks>
public sealed class RandomStatePart : IRankPart, IKnowsRanks, ICompanionPart
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
    IEnumerable<string> IRankPart.FindDifferences(IReadOnlyList<PartRecord> saved, int rank, int size) => FindDifferences(saved[rank < saved.Count ? rank : 0]);

    /// <summary>Takes over this rank's of the saved states; a rank that comes new begins with rank 0's, until the run gives it a seed.</summary>
    void IRankPart.Adopt(IReadOnlyList<PartReader> saved, int rank, int size) => Restore(saved[rank < saved.Count ? rank : 0]);

    /// <inheritdoc/>
    void IKnowsRanks.BeforeRestore(RankSeeds seeds)
    {
        seedAtStart = torch.random.initial_seed();
        hasSeedOfOwn = isSeedGiven && seeds.Rank > 0; // the checkpoint has rank 0's
        if (seeds.Rank == 0 && seeds.Find(0) is null)
            seeds.Keep(seedAtStart);
    }

    /// <inheritdoc/>
    IEnumerable<string> IKnowsRanks.AfterRestore(RankSeeds seeds, long step)
    {
        if (seeds is { AreStatesSaved: true, Rank: 0 } && seeds.StatesBefore > seeds.WorldSize)
            return [$"the checkpoint has the random states of {seeds.StatesBefore} ranks, now there are {seeds.WorldSize}: these go on with their own, the others' are not used"];
        if (isSeedGiven || seeds.Rank == 0)
            return [];
        if (!seeds.AreStatesSaved)
            return DrawFromSeed(seeds, step);
        if (seeds.RanksBefore is null || seeds.Rank < seeds.StatesBefore)
            return []; // it has its own

        // A rank that has drawn from a seed that is kept, because ranks went apart, draws on from it.
        return seeds.Rank < seeds.RanksBefore && seeds.Find(seeds.Rank) is not null ? DrawFromSeed(seeds, step) : Derive(seeds, step);
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

    // No state of this rank's is there. Where all began with one seed rank 0's is as good.
    private IEnumerable<string> Derive(RankSeeds seeds, long step)
    {
        var ofRun = seeds.OfRun();
        if (seedAtStart == ofRun)
            yield break;
        var seed = SeedOfNewRank(ofRun, step, seeds.Rank);
        torch.manual_seed(seed);
        if (reseed is not null)
            reseed = seed;
        if (seeds.Rank == seeds.RanksBefore)
            yield return $"the checkpoint is of {seeds.RanksBefore} rank{(seeds.RanksBefore == 1 ? "" : "s")}, now there are {seeds.WorldSize}: from rank {seeds.Rank} on their random states are derived from the run's seed, step {step} and the rank";
        else if (seeds.Rank < seeds.RanksBefore && seeds.Rank == 1)
            yield return $"the checkpoint has rank 0's random state alone, for that one saved by itself: the other ranks' are derived from the run's seed, step {step} and the rank, so their numbers are others than before the cut";
    }

    // Only rank 0's state is saved, so that a rank with another seed draws from that and the step's number.
    private IEnumerable<string> DrawFromSeed(RankSeeds seeds, long step)
    {
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
        else if (!comesNew && kept is null && seeds.StatesBefore > 0)
            yield return $"rank {seeds.Rank} had a random state of its own in the checkpoint, but the ranks go apart now, so that rank 0's alone is saved: from step {step} on it draws from the seed with which it begins and the step's number, other numbers than without the cut";
        else if (!comesNew && kept is null && step > 0)
            yield return $"rank {seeds.Rank} finds no seed of its own in the checkpoint folder's ranks/, so from step {step} on its random numbers are others than before the cut; keep that folder with the checkpoints";
        else if (!comesNew && seeds.Rank == 1)
            yield return "ranks that began with another seed than rank 0 draw their random numbers from that seed and the step's number, for rank 0's generator alone is saved";
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
