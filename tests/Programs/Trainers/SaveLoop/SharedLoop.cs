using System.Globalization;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Shares;

namespace SaveLoop;

/// <summary>
/// One rank of several that save together, until it is killed. Who started them carries what they say to each other: a line that begins
/// with "order" goes from rank 0 to the others, one that begins with "result" from the others to rank 0, "next" from rank 0 to the others.
/// </summary>
internal static class SharedLoop
{
    /// <summary>Runs it.</summary>
    /// <param name="directory">Where it saves.</param>
    /// <param name="attempt">The attempt's number.</param>
    /// <param name="bytes">The state's size.</param>
    /// <param name="rank">Which rank this is.</param>
    /// <param name="ranks">How many there are.</param>
    public static void Run(string directory, int attempt, int bytes, int rank, int ranks)
    {
        using var store = new CheckpointStore(directory, new LineLogger(), TimeProvider.System) { Limits = new FormatLimits(128 << 10, 1 << 20) };
        var state = new CountedState(bytes);
        var parts = new Dictionary<string, ICheckpointPart> { ["state"] = state };
        if (rank == 0)
            store.RemoveLeftovers();
        var restored = store.Restore(parts)?.Step ?? 0;
        if (restored > 0)
            state.CheckIsOf(restored);
        Say($"restored {restored}");
        if (Hear() != "go")
            return;
        var rules = new ShareRules([.. Enumerable.Range(0, ranks).Select(one => one / 2)]);
        for (var step = restored + 1; ; step++)
        {
            state.AdvanceTo(step);
            using var share = store.BeginShare(step, parts, rules, rank, copies: true);
            using var save = rank == 0 ? store.Create(share, new CheckpointOrigin(attempt, "job", ranks), new Dictionary<string, PartValue>()) : null;
            if (save is not null)
                Say($"order {Convert.ToBase64String(save.Order.ToBytes())}");
            var order = save?.Order ?? ShareOrder.FromBytes(Heard("order"));
            ShareResult? own = null;
            var writing = new Thread(() => own = share.Write(order, CancellationToken.None));
            writing.Start();
            share.Copy();
            state.AdvanceTo(step + 1); // as training does: what is saved has to be the copy
            writing.Join();
            if (save is null)
            {
                Say($"result {Convert.ToBase64String(own!.ToBytes())}");
                store.Frozen = FrozenSets.FromBytes(Heard("next"));
                continue;
            }

            save.Commit([own!, .. Enumerable.Range(1, ranks - 1).Select(_ => ShareResult.FromBytes(Heard("result")))], AllStates.None);
            Say($"durable {step.ToString(CultureInfo.InvariantCulture)}");
            store.Prune(Cairn.Retention.KeepLast(2));
            Say($"next {Convert.ToBase64String(store.Frozen.ToBytes())}");
        }
    }

    private static void Say(string line) => Console.Out.WriteLine(line);

    private static string? Hear() => Console.In.ReadLine();

    private static byte[] Heard(string what) => Hear()?.Split(' ') is [var said, var content] && said == what
        ? Convert.FromBase64String(content)
        : throw new InvalidDataException($"waited for '{what}'");
}
