using Cairn.Checkpoints;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>The tracked parts of a run: their names, what they need of each other, and what is asked of all of them.</summary>
internal sealed class RunParts
{
    private readonly Dictionary<string, ICheckpointPart> byName = new(StringComparer.Ordinal);
    private readonly List<TrackedPart> tracked = [];
    private RankSeeds? seeds;

    /// <summary>By name, for the store.</summary>
    public IReadOnlyDictionary<string, ICheckpointPart> ByName => byName;

    /// <summary>What the program has changed since the checkpoint, a sentence each; known after the restore.</summary>
    public IEnumerable<string> Changes => tracked.SelectMany(part => part.Changes);

    /// <summary>Whether this very part is tracked, under whatever name.</summary>
    public bool Contains(ICheckpointPart part) => tracked.Exists(one => ReferenceEquals(one.Part, part));

    /// <exception cref="ArgumentException">The name is taken or cannot be a file's name.</exception>
    public void Add(string name, ICheckpointPart part)
    {
        FileNames.CheckParts([.. byName.Keys, name]);
        var watched = new TrackedPart(name, part);
        byName.Add(name, watched);
        tracked.Add(watched);
    }

    /// <summary>The program has made everything, and nothing is restored yet.</summary>
    public void Begin()
    {
        foreach (var part in tracked)
            part.Begin();
    }

    /// <exception cref="UntrackableStateException">There is nothing to save, or a part is of no use without one that is not tracked.</exception>
    public void Check(int worldSize, bool replicatedValues)
    {
        if (tracked.Count == 0)
            throw new UntrackableStateException("nothing is tracked, so there is nothing to save and a stopped run would begin anew: call run.Track(...) for the model, the optimizer and whatever else changes, before the first step");
        IReadOnlyCollection<ICheckpointPart> all = [.. tracked.Select(part => part.Part)];
        if (worldSize > 1 && !replicatedValues && tracked.Find(part => part.Part is IMayDifferByRank) is { } own)
            throw new UntrackableStateException($"part '{own.Name}' may hold another value on each of the {worldSize} ranks, but rank 0's alone is saved, and a resume would put it into all of them. If it is the same on every rank say so by TrainingRunOptions.ReplicatedValues = true; else leave it out and derive it from the step and the rank");
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
        seeds = new RankSeeds(context.Folder, context.Rank, context.Origin.WorldSize);
        foreach (var part in tracked)
            (part.Part as IRankPart)?.BeforeRestore(seeds);
    }

    /// <summary>After it: what each rank has of its own is put back.</summary>
    public void AfterRestore(RunContext context, long step, int? ranksBefore)
    {
        if (seeds is null)
            return;
        seeds.RanksBefore = ranksBefore;
        foreach (var part in tracked)
        {
            foreach (var remark in (part.Part as IRankPart)?.AfterRestore(seeds, step) ?? [])
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
