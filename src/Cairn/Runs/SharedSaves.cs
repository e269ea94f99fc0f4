using Cairn.Checkpoints;
using Cairn.Checkpoints.Shares;
using Cairn.Checkpoints.Writing;
using Cairn.Ranks;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>
/// Saves of several ranks that are at one boundary. Rank 0 says at each such boundary what is done (a word: take your share, or nothing), then
/// where it is written, and commits when all shares are on the disk. The others do as it says.
/// </summary>
/// <param name="context">The run.</param>
/// <param name="ranks">The ranks.</param>
/// <param name="options">The user's options.</param>
internal sealed class SharedSaves(RunContext context, RunRanks ranks, TrainingRunOptions options)
{
    // What every rank tells before it writes has come by then, or in a moment.
    private static readonly TimeSpan ToTell = TimeSpan.FromSeconds(5);

    private readonly RankGroup group = ranks.Group;
    private readonly ShareRules rules = new([.. ranks.Nodes], options.OneWriterPerFile);
    private long words;
    private long saves;
    private Task writing = Task.CompletedTask;
    private bool hasSaid;
    private long nextMeeting;
    private volatile TakenStates? taken;

    /// <summary>For rank 0: all ranks' own states of a step of which a save has failed; null where they are not known, so that no rank can save it alone.</summary>
    public AllStates? StatesOf(long step) => taken is { States.Problem: null } all && all.Step == step ? all.States : null;

    /// <summary>For rank 0: why a step cannot be saved any more, by one or by all; null while it can.</summary>
    public string? WhyNever(long step) => taken is { States.Problem: { } problem } all && all.Step == step && HaveLeft() is { } gone ? $"{gone}, and {problem}" : null;

    /// <summary>Whether all come to this boundary for rank 0's word, without having agreed: it lies on the grid of the schedule.</summary>
    public bool MeetAt(long step) => ranks.StepGrid > 0 && step % ranks.StepGrid == 0;

    /// <summary>The same, asked at every boundary in their order.</summary>
    public bool MeetHere(long step)
    {
        if (step < nextMeeting)
            return false;
        nextMeeting = ranks.StepGrid > 0 ? step - (step % ranks.StepGrid) + ranks.StepGrid : long.MaxValue;
        return MeetAt(step);
    }

    /// <summary>For rank 0: takes its own share and tells the others to take theirs. All ranks are at this boundary.</summary>
    /// <param name="step">Completed steps.</param>
    /// <param name="parts">The state.</param>
    /// <param name="metadata">What to note in the record.</param>
    /// <param name="copies">Whether the state is copied, so that training goes on.</param>
    /// <param name="isAwaited">Whether training waits for it in any case.</param>
    /// <param name="limit">How long the others may take.</param>
    /// <param name="then">Called when the outcome is known.</param>
    public PendingSave Begin(
        long step, IReadOnlyDictionary<string, ICheckpointPart> parts, IReadOnlyDictionary<string, PartValue> metadata, bool copies, bool isAwaited, TimeSpan limit, Action<PendingSave> then)
    {
        var number = words++;
        hasSaid = true;
        var check = options.CheckReplicas is { } every && saves++ % every == 0 ? saves / every : (long?)null;
        Tell(RankTopic.Save, number, step, new ShareTake(copies, rules.OneWriterPerFile, check, context.Store.Frozen).ToBytes());
        Share share;
        try
        {
            share = context.Store.BeginShare(step, parts, rules, rank: 0, copies, gate: null, check);
        }
        catch
        {
            Tell(RankTopic.SaveFolder, number, step, []);
            throw;
        }

        var save = context.Store.BeginPending(step);
        if (copies && !context.Store.TryPost(Write, isAwaited))
        {
            share.Copy(); // what has begun has to end
            Tell(RankTopic.SaveFolder, number, step, []);
            throw new StagingMemoryException("the system gives no more threads", null);
        }

        share.Copy();
        if (!copies)
            Write();
        return save;

        void Write() => context.Store.Complete(save, () => WriteAll(share, number, metadata, limit), then);
    }

    /// <summary>For rank 0: whatever was not said yet at this boundary is nothing.</summary>
    /// <param name="isLast">Whether the others wait for a word until there is none more.</param>
    public void EndBoundary(bool isLast)
    {
        if (isLast || !hasSaid)
            Tell(RankTopic.Save, words++, 0, []);
        hasSaid = false;
    }

    /// <summary>For the others: does at this boundary what rank 0 says.</summary>
    /// <param name="step">Completed steps.</param>
    /// <param name="parts">The state.</param>
    /// <param name="isLast">Whether this is the last boundary: until rank 0 says that there is nothing more to do.</param>
    public void Follow(long step, IReadOnlyDictionary<string, ICheckpointPart> parts, bool isLast)
    {
        do
        {
            writing.Wait(); // of the store's memory there is one
            var number = words++;
            if (ranks.AwaitWord(RankTopic.Save, number) is not { Data.Length: > 0 } word)
                return;
            var take = ShareTake.FromBytes(word.Data.ToArray());
            context.Store.Frozen = take.Frozen;
            Take(step, parts, number, take);
        }
        while (isLast);
    }

    /// <summary>Waits until nothing of this rank's is being written any more.</summary>
    public void Await() => writing.Wait();

    private void Take(long step, IReadOnlyDictionary<string, ICheckpointPart> parts, long number, ShareTake take)
    {
        Share share;
        try
        {
            var own = OwnStates.Of(parts);
            if (own.Parts.Length > 0)
                Answer(RankTopic.SaveStates, number, new RankStates(group.Rank, own.Bytes).ToBytes());
            share = context.Store.BeginShare(step, parts, rules with { OneWriterPerFile = take.OneWriterPerFile }, group.Rank, take.Copies, gate: null, take.Check, own);
        }
        catch (Exception error)
        {
            Answer(RankTopic.Save, number, ShareResult.Failed(group.Rank, error.Message.TrimEnd('.')).ToBytes());
            if (error is StagingMemoryException)
                return;
            throw;
        }

        // Who has nothing to write only says so. All wait for that, and with a low priority it comes late where training keeps the cores busy.
        var done = new TaskCompletionSource();
        if (take.Copies && context.Store.TryPost(Write, isAwaited: share.Segments.Count == 0))
        {
            writing = done.Task;
            share.Copy();
            return;
        }

        share.Copy();
        Write();

        void Write()
        {
            using (share)
            {
                if (ranks.AwaitWord(RankTopic.SaveFolder, number) is { Data.Length: > 0 } where)
                    Answer(RankTopic.Save, number, share.Write(ShareOrder.FromBytes(where.Data.ToArray()), CancellationToken.None).ToBytes());
            }

            done.SetResult();
        }
    }

    private SavedCheckpoint WriteAll(Share share, long number, IReadOnlyDictionary<string, PartValue> metadata, TimeSpan limit)
    {
        SharedSave save;
        try
        {
            save = context.Store.Create(share, context.Origin, metadata);
        }
        catch
        {
            Tell(RankTopic.SaveFolder, number, share.Step, []);
            TakeStates(share, number); // with which rank 0 may try again
            throw;
        }

        using (share)
        using (save)
        {
            Tell(RankTopic.SaveFolder, number, share.Step, save.Order.ToBytes());
            var own = share.Write(save.Order, CancellationToken.None);
            var (came, missing) = group.TakeAnswers(RankTopic.Save, number, limit);
            var saved = save.Commit(
                [
                    own,
                    .. came.Select(answer => ShareResult.FromBytes(answer.Data.ToArray())),
                    .. missing.Select(rank => ShareResult.Failed(rank, group.HasLeft(rank) ? "is gone" : $"did not write its share within {Duration.Words(limit)}")),
                ],
                TakeStates(share, number));
            foreach (var difference in save.Drifted)
                context.Log.LogError(LogEvents.ReplicasDrifted, "in step {Step} {Difference}. The checkpoint is kept; find what makes ranks differ, and go back to a checkpoint from before (cairn rollback)", share.Step, difference);
            return saved;
        }
    }

    // Who could not take them has said so with its share, and who is gone says nothing more.
    private AllStates TakeStates(Share share, long number)
    {
        if (share.Own.Parts.Length == 0)
            return AllStates.None;
        var (came, _) = group.TakeAnswers(RankTopic.SaveStates, number, ToTell);
        var all = new AllStates(share.Own.Parts, share.WorldSize, [new(share.Rank, share.Own.Bytes), .. came.Select(answer => RankStates.FromBytes(answer.Data.ToArray()))]);
        taken = new(share.Step, all);
        return all;
    }

    private string? HaveLeft()
    {
        int[] gone = [.. Enumerable.Range(0, group.Size).Where(group.HasLeft)];
        return gone.Length == 0 ? null : $"rank{(gone.Length == 1 ? "" : "s")} {string.Join(", ", gone)} {(gone.Length == 1 ? "is" : "are")} gone";
    }

    private void Answer(RankTopic topic, long number, byte[] data) =>
        group.Send(new RankMessage(RankMessageKind.Answer) { Topic = topic, Number = number, Data = data });

    private void Tell(RankTopic topic, long number, long step, byte[] data) =>
        group.Send(new RankMessage(RankMessageKind.Announce) { Topic = topic, Number = number, Step = step, Data = data });

    private sealed record TakenStates(long Step, AllStates States);
}
