using Cairn.Checkpoints;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Shares;
using Cairn.Checkpoints.Writing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Checkpoints;

/// <summary>Several ranks in one process, each with a store of its own; what they tell each other goes through its bytes.</summary>
internal sealed class RankStores : IDisposable
{
    public static readonly FormatLimits Small = new(8192, 10 * 8192);

    private readonly CheckpointStore[] stores;
    private readonly ShareRules rules;

    public RankStores(string directory, int count, bool oneWriterPerFile = false, TimeProvider? time = null)
    {
        rules = new ShareRules([.. Enumerable.Range(0, count).Select(rank => rank / 2)], oneWriterPerFile);
        stores = [.. Enumerable.Range(0, count).Select(_ => new CheckpointStore(directory, NullLogger.Instance, time ?? TimeProvider.System) { Limits = Small })];
    }

    public CheckpointStore First => stores[0];

    /// <summary>What rank 0 gets to see before it decides. Default: it is left as it is.</summary>
    public Func<IReadOnlyList<ShareResult>, IReadOnlyCollection<ShareResult>> Change { get; set; } = results => results;

    /// <summary>What it gets to see of the ranks' own states. Default: all of them.</summary>
    public Func<IReadOnlyList<RankStates>, IEnumerable<RankStates>> ChangeStates { get; set; } = states => states;

    /// <summary>Done when the directory is there, before anything is written. Default: nothing.</summary>
    public Action<ShareOrder> BeforeWrite { get; set; } = _ => { };

    /// <summary>Which save it is in which replicas are compared; null for no such.</summary>
    public long? Check { get; set; }

    /// <summary>What the last save found to differ.</summary>
    public IReadOnlyList<string> Drifted { get; private set; } = [];

    public IReadOnlyList<ShareResult> Results { get; private set; } = [];

    public SavedCheckpoint Save(long step, Func<int, Dictionary<string, ICheckpointPart>> parts, SaveMode mode = SaveMode.Asynchronous, int attempt = 1)
    {
        var sets = FrozenSets.FromBytes(First.Frozen.ToBytes());
        var gates = stores.Select(_ => mode == SaveMode.Overlapped ? new OverlapGate(checks: true) : null).ToArray();
        Share[] shares = [.. stores.Select((store, rank) =>
        {
            store.Frozen = sets;
            return store.BeginShare(step, parts(rank), rules, rank, copies: mode != SaveMode.Synchronous, gates[rank], Check);
        })];
        try
        {
            using var save = First.Create(shares[0], Stores.Attempt(attempt) with { WorldSize = 4 }, Stores.NoMetadata);
            var order = ShareOrder.FromBytes(save.Order.ToBytes());
            BeforeWrite(order);
            var results = new ShareResult[shares.Length];
            var writers = shares.Select((share, rank) => new Thread(() => results[rank] = ShareResult.FromBytes(share.Write(order, CancellationToken.None).ToBytes()))).ToList();
            writers.ForEach(writer => writer.Start());
            foreach (var share in shares)
                share.Copy();
            foreach (var gate in gates)
                Assert.Empty(gate?.Pass() ?? []);
            Assert.All(writers, writer => Assert.True(writer.Join(TimeSpan.FromMinutes(1))));
            Results = results;
            var states = ChangeStates([.. shares.Select(share => RankStates.FromBytes(new RankStates(share.Rank, share.Own.Bytes).ToBytes()))]);
            var saved = save.Commit(Change(results), new AllStates(shares[0].Own.Parts, shares.Length, states));
            Drifted = save.Drifted;
            return saved;
        }
        finally
        {
            foreach (var share in shares)
                share.Dispose();
        }
    }

    public void Dispose()
    {
        foreach (var store in stores)
            store.Dispose();
    }
}
