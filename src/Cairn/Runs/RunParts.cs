using Cairn.Checkpoints;
using Cairn.Checkpoints.Records;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>The tracked parts of a run: their names, what they need of each other, and what is asked of all of them.</summary>
internal sealed class RunParts
{
    private readonly Dictionary<string, ICheckpointPart> byName = new(StringComparer.Ordinal);
    private readonly List<TrackedPart> tracked = [];
    private RankSeeds? seeds;

    /// <summary>By name, for the store. Those of which each rank has a state of its own are known as such from <see cref="Begin"/> on.</summary>
    public IReadOnlyDictionary<string, ICheckpointPart> ByName => byName;

    /// <summary>What the program has changed since the checkpoint, a sentence each; known after the restore.</summary>
    public IEnumerable<string> Changes => tracked.SelectMany(part => part.Changes);

    /// <summary>The first part of which each rank's own state is saved; null where there is none.</summary>
    public string? OfEach { get; private set; }

    /// <summary>The first of these that is worth nothing without all of them, so that no rank can save alone; null where there is none.</summary>
    public string? NeedsAll { get; private set; }

    /// <summary>Whether this very part is tracked, under whatever name.</summary>
    public bool Contains(ICheckpointPart part) => tracked.Exists(one => ReferenceEquals(one.Part, part));

    /// <exception cref="ArgumentException">The name is taken or cannot be a file's name.</exception>
    public void Add(string name, ICheckpointPart part, bool isPerRank)
    {
        FileNames.CheckParts([.. byName.Keys, name]);
        var watched = new TrackedPart(name, part, isPerRank);
        byName.Add(name, watched);
        tracked.Add(watched);
    }

    /// <summary>The program has made everything, and nothing is restored yet.</summary>
    public void Begin(RunContext context)
    {
        foreach (var part in tracked)
        {
            part.Begin();
            byName[part.Name] = part.ForStore(context.Rank, context.Origin.WorldSize);
        }

        if (context.Together is null)
            return;
        OfEach = tracked.Find(part => part.IsPerRank)?.Name;
        NeedsAll = tracked.Find(part => part is { IsPerRank: true, Part: not IKnowsRanks })?.Name;
    }

    /// <exception cref="UntrackableStateException">There is nothing to save, or a part is of no use without one that is not tracked.</exception>
    /// <exception cref="RankException">Each rank has a state of its own, and they have not found each other.</exception>
    public void Check(RunContext context, TrainingRunOptions options)
    {
        var (worldSize, replicatedValues) = (context.Origin.WorldSize, options.ReplicatedValues);
        if (tracked.Count == 0)
            throw new UntrackableStateException("nothing is tracked, so there is nothing to save and a stopped run would begin anew: call run.Track(...) for the model, the optimizer and whatever else changes, before the first step");
        if (context.IsWriter && tracked.TrueForAll(part => part.Part is ICompanionPart))
            context.Log.LogWarning(LogEvents.NoStateTracked, "nothing is tracked but {Parts}: a stopped run goes on at its step, with a model and an optimizer that begin anew. Call run.Track(...) for whatever else changes, before the first step", string.Join(", ", tracked.Select(part => $"'{part.Name}'")));
        IReadOnlyCollection<ICheckpointPart> all = [.. tracked.Select(part => part.Part)];
        if (worldSize > 1 && !replicatedValues && tracked.Find(part => part is { IsPerRank: false, Part: IMayDifferByRank }) is { } own)
            throw new UntrackableStateException($"part '{own.Name}' may hold another value on each of the {worldSize} ranks, but rank 0's alone is saved, and a resume would put it into all of them. If it is the same on every rank say so by TrainingRunOptions.ReplicatedValues = true; else track it by TrackPerRank, or leave it out and derive it from the step and the rank");
        if (worldSize > 1 && context.Together is null && tracked.Find(part => part is { IsPerRank: true, Part: not IKnowsRanks }) is { } each)
        {
            var problem = $"each of the {worldSize} ranks has a state of its own of part '{each.Name}', which is saved only where ranks act together, and here ";
            throw options.Ranks == RankMode.FirstOnly
                ? new UntrackableStateException($"{problem}rank 0 saves alone (RankMode.FirstOnly). Leave that mode, or leave the part out and derive it from the step and the rank")
                : new RankException($"{problem}they have not all found each other (see the log)", []);
        }

        foreach (var part in all)
        {
            if ((part as IDependentPart)?.FindMissing(all) is { } missing)
                throw new UntrackableStateException(missing);
        }
    }

    /// <summary>Before a restore: what each rank has of its own is kept.</summary>
    public void BeforeRestore(RunContext context)
    {
        if (context.Origin.WorldSize == 1)
            return;
        seeds = new RankSeeds(context.Folder, context.Rank, context.Origin.WorldSize) { AreStatesSaved = context.Together is not null };
        foreach (var part in tracked)
            (part.Part as IKnowsRanks)?.BeforeRestore(seeds);
    }

    /// <summary>After it: what each rank has of its own is put back.</summary>
    public void AfterRestore(RunContext context, long step, CommitRecord? restored)
    {
        if (seeds is null)
            return;
        seeds.RanksBefore = restored?.WorldSize;
        foreach (var part in tracked)
        {
            seeds.StatesBefore = restored?.Parts.FirstOrDefault(one => one.Name == part.Name)?.Ranks ?? 0;
            foreach (var remark in (part.Part as IKnowsRanks)?.AfterRestore(seeds, step) ?? [])
                context.Log.LogWarning(LogEvents.PartRemark, "{Remark}", remark);
        }
    }

    /// <summary>A step begins.</summary>
    public void BeginStep(long step)
    {
        foreach (var part in tracked)
            part.Part.OnStepBegin(step);
    }

    /// <summary>Passes on what parts have to say.</summary>
    public void TellRemarks(ILogger log)
    {
        foreach (var (name, part) in byName)
        {
            foreach (var remark in part.TakeRemarks())
                log.LogWarning(LogEvents.PartRemark, "{Part}: {Remark}", name, remark);
        }
    }
}
