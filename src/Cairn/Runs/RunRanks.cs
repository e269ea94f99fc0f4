using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Cairn.Attempts;
using Cairn.Interruptions;
using Cairn.Ranks;
using Cairn.Timing;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>
/// The ranks of a run that act together: all begin with one checkpoint, stop at one step, and end when rank 0 says so. Null where there is one rank,
/// and where the others go by rank 0's journal.
/// </summary>
internal sealed class RunRanks : IDisposable
{
    // What a rank reads may lie on a file system that serves them one after the other.
    private const int ReadingPatience = 10;
    private const long Unreadable = 1; // in place of a step, in the answer to an offer
    private static readonly TimeSpan Slice = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan ToSayWhere = TimeSpan.FromSeconds(2); // the control threads answer, whatever training is at
    private static readonly TimeSpan LeastDifference = TimeSpan.FromMilliseconds(100); // less matters to no deadline
    private static readonly TimeSpan ToComeAtStop = TimeSpan.FromSeconds(5);

    // Of this process: an error that ends it is told to the others.
    private static readonly List<RunRanks> Open = [];
    private readonly RankGroup group;
    private readonly ILogger log;
    private readonly TimeProvider time;
    private readonly TimeSpan patience;
    private readonly long openedAt;
    private readonly RankDepartures departures = new();
    private readonly ManualResetEventSlim awaitsEnd = new();
    private long restores;
    private readonly long[] longestSteps; // of each rank, in a TimeSpan's ticks, as it has told
    private long longestStep;
    private long asked;
    private long askedAt = long.MinValue;
    private long savedAt = -1;
    private volatile bool hasEnded;
    private volatile bool isApart;
    private volatile bool isEndAgreed;
    private volatile bool wantsStop;

    /// <param name="group">The connected ranks; disposed with these.</param>
    /// <param name="options">The user's options.</param>
    /// <param name="log">For a person.</param>
    public RunRanks(RankGroup group, TrainingRunOptions options, ILogger log)
    {
        (this.group, this.log, time, patience) = (group, log, options.Time, options.RankPatience);
        openedAt = time.GetTimestamp();
        longestSteps = new long[group.Size];
    }

    /// <summary>For each rank the number of its machine; known when all are there.</summary>
    public IReadOnlyList<int> Nodes { get; private set; } = [];

    /// <summary>At multiples of so many steps all come together for a save, by rank 0's schedule; 0 for never. Known when all are there.</summary>
    public long StepGrid { get; private set; }

    /// <summary>The connected ranks.</summary>
    public RankGroup Group => group;

    /// <summary>Whether they act together; known when the first step is asked for.</summary>
    public bool IsTogether { get; private set; }

    /// <summary>Which rank left the loop by itself, and how, so that the others must not wait for it; null when none has.</summary>
    public string? Leaver => departures.FirstLeaver;

    /// <summary>Whether all have agreed on the step at which they end, so that each comes to it by itself.</summary>
    public bool IsEndAgreed => isEndAgreed;

    /// <summary>Begins to answer the others.</summary>
    /// <param name="onStop">Told, by the control thread, when all have agreed to stop, and why.</param>
    /// <param name="onLost">Told, by that thread, when a rank is lost.</param>
    /// <param name="onEnd">Told, by that thread, when rank 0 ends the run while this rank is not waiting for that.</param>
    /// <param name="onLeft">For rank 0: told, by that thread, when the first rank has left by itself.</param>
    /// <param name="stand">Where this rank stands; asked by that thread.</param>
    public void Start(Action<Interruption> onStop, Action<int, string> onLost, Action<RunOutcomeKind> onEnd, Action onLeft, Func<RankStand> stand)
    {
        group.Start(
            act =>
            {
                isEndAgreed |= act.Purpose is RankPurpose.Stop or RankPurpose.Complete;
                if (StopOf(act) is { } stop)
                    onStop(stop);
            },
            (rank, why) =>
            {
                if (hasEnded || isApart || departures.HasLeft(rank))
                    return;
                departures.Lost();
                onLost(rank, why);
            },
            message =>
            {
                if (message.Topic == RankTopic.Leave)
                    Left(message, onLeft);
                else if (message.Topic == RankTopic.LongestStep && group.Rank == 0)
                    Volatile.Write(ref longestStep, Longest(message));
                else if (message.Topic == RankTopic.Stand && group.Rank != 0)
                    SayStand(message.Number, stand());
                else if (message is { Topic: RankTopic.Begin, Text.Length: > 0 } && group.Rank != 0)
                    isApart = true; // each for itself from here on: who is gone, or ends, is nobody that this rank waits for
                else if (message.Topic == RankTopic.End && !hasEnded && !isApart)
                {
                    hasEnded = true;
                    departures.Ends();
                    onEnd((RunOutcomeKind)message.Step);
                }
            });
        lock (Open)
            Open.Add(this);
        if (group.Rank != 0)
            group.Answer(RankTopic.Begin, 0, 0, NodeName.Own);
    }

    /// <summary>Waits until all are there, and says how they go on: together, or each by rank 0's journal.</summary>
    /// <param name="mode">Whether they must act together.</param>
    /// <param name="stepGrid">For rank 0: <see cref="StepGrid"/>.</param>
    /// <param name="isStopWanted">Asked whether something wants the run to stop: then there is nothing to wait for long.</param>
    /// <exception cref="RankException">Not all came in time, and they must act together; names them. Or one has left again.</exception>
    public void AwaitAll(RankMode mode, long stepGrid, Func<bool> isStopWanted)
    {
        if (group.Rank != 0)
        {
            var begin = AwaitFirstRank(RankTopic.Begin, 0);
            IsTogether = begin.Text.Length == 0;
            Nodes = MemoryMarshal.Cast<byte, int>(begin.Data.Span).ToArray();
            StepGrid = begin.Step;
            if (!IsTogether && mode == RankMode.Required)
                throw new RankException("not all ranks came: see rank 0's log", [0]);
            hasEnded |= !IsTogether;
            return;
        }

        var missing = AwaitOthers(isStopWanted, out var nodes, out var waited);
        IsTogether = missing.Count == 0;
        var problem = IsTogether ? string.Empty : $"rank{(missing.Count == 1 ? string.Empty : "s")} {string.Join(", ", missing)} of {group.Size} did not come within {Duration.Words(waited)}";
        if (IsTogether)
            (Nodes, StepGrid) = (NumbersOf([.. nodes.Values]), stepGrid);
        group.Announce(new RankMessage(RankMessageKind.Announce) { Topic = RankTopic.Begin, Text = problem, Step = StepGrid, Data = MemoryMarshal.AsBytes<int>([.. Nodes]).ToArray() });
        if (IsTogether)
            return;

        hasEnded = true; // who is gone from here on is nobody that the others wait for
        if (mode == RankMode.Required)
        {
            // The hub goes with this process. Who has not heard the word by then would take it for one that was killed, stand in for it and have the job requeued.
            group.AwaitLeft(RankGroup.ToDeliver, besides: missing);
            throw new RankException(problem, missing);
        }

        log.LogWarning(LogEvents.RanksApart, "{Problem}: the ranks go by this one's journal, and stop each at the step at which it is by then", problem);
    }

    /// <summary>For rank 0: asks the others where they stand.</summary>
    /// <param name="own">Where this one does.</param>
    /// <returns>Where all are who have answered, and who has not.</returns>
    public (IReadOnlyList<RankStand> Stands, IReadOnlyList<int> Silent) AskStands(RankStand own)
    {
        var number = asked++;
        group.Announce(new RankMessage(RankMessageKind.Announce) { Topic = RankTopic.Stand, Number = number });
        var (came, silent) = group.TakeAnswers(RankTopic.Stand, number, ToSayWhere);
        return ([own, .. came.Select(answer => RankStand.Of(answer.Rank, answer.Step, answer.Text)).OfType<RankStand>()], silent);
    }

    /// <summary>For the others: whether rank 0 has asked since then, and so tells of this rank, too.</summary>
    public bool WasAskedSince(long timestamp) => Volatile.Read(ref askedAt) >= timestamp;

    /// <summary>For rank 0: the longest of the other ranks' recent steps. Before the job's end there must be time for it; for the longest save rank 0's own stands, which ends when the last share is written.</summary>
    public TimeSpan LongestStepOfOthers => new(Volatile.Read(ref longestStep));

    /// <summary>For the others: tells rank 0 what the longest of the recent steps took, when that is another time than it knows of.</summary>
    public void TellLongestStep(TimeSpan longest)
    {
        if (Math.Abs(longest.Ticks - longestStep) <= Math.Max(longestStep / 4, LeastDifference.Ticks))
            return;
        longestStep = longest.Ticks;
        group.Answer(RankTopic.LongestStep, 0, longestStep, string.Empty);
    }

    /// <summary>The restored step.</summary>
    public void BeginAt(long step) => group.BeginAt(step);

    /// <summary>A step boundary: what all do at it; null for nothing.</summary>
    /// <param name="step">Completed steps.</param>
    /// <param name="isCompleted">Whether this rank holds it for the last one.</param>
    /// <param name="isToSave">Whether all shall save at this very one, if they can.</param>
    public RankMessage? Pass(long step, bool isCompleted, bool isToSave)
    {
        if (isCompleted)
            return group.PassAsLast(step);

        // Where all are asked in one step, this is the boundary after it: who went on would bring them to another one, by how quick their messages are.
        if (wantsStop)
            return group.PassToStop(step);
        if (!isToSave)
            return group.Pass(step);
        WantSave(step);
        return group.PassToSave(step);
    }

    /// <summary>Asks for a save of all ranks at one step, and not before this one. Again for the same one it does nothing.</summary>
    public void WantSave(long step)
    {
        if (step <= savedAt)
            return;
        savedAt = step;
        group.WantSave(step);
    }

    /// <summary>A word of rank 0's about a save; null when it has ended the run, or is gone, so that none comes.</summary>
    public RankMessage? AwaitWord(RankTopic topic, long number)
    {
        while (true)
        {
            if (group.TakeAnnouncement(topic, number, Slice) is { } message)
                return message;
            if (hasEnded || group.HubLost is not null)
                return null;
        }
    }

    /// <summary>Something wants this rank to stop: all shall.</summary>
    public void WantStop(Interruption interruption)
    {
        wantsStop = true;
        group.Want(RankPurpose.Stop, $"rank {group.Rank}: {interruption.Description}", Encoding.UTF8.GetBytes($"{(int)interruption.Kind} {interruption.Signal}"));
    }

    /// <summary>Why all stop, as this rank hears it of another one; null when it is its own word, and for what is no stop.</summary>
    public Interruption? StopOf(RankMessage act)
    {
        if (act.Purpose != RankPurpose.Stop || act.Rank == group.Rank)
            return null;
        var words = Encoding.UTF8.GetString(act.Data.Span).Split(' ');
        var kind = int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var number) && Enum.IsDefined((InterruptionKind)number) ? (InterruptionKind)number : InterruptionKind.FirstRank;
        return new Interruption(kind, time.GetUtcNow(), act.Text, words is [_, { Length: > 0 } signal] ? signal : null);
    }

    /// <summary>For rank 0: tells the others what it has restored, and hears whether they could.</summary>
    /// <param name="step">The step, or -1 for nothing of this run.</param>
    /// <param name="startedFrom">Another run's checkpoint with which it begins; null when it does not.</param>
    /// <param name="taken">What was taken of that, in words.</param>
    /// <param name="parts">The parts that rank 0 tracks, in words.</param>
    /// <param name="took">How long it took here.</param>
    /// <returns>Why the others cannot begin with it, one sentence a rank; empty when all can.</returns>
    /// <exception cref="RankException">Some did not say in time; or some cannot read it now, which is no damage, so no older one is offered.</exception>
    public IReadOnlyList<string> OfferRestore(long step, string? startedFrom, string? taken, string parts, TimeSpan took)
    {
        var number = restores++;
        group.Announce(new RankMessage(RankMessageKind.Announce) { Topic = RankTopic.Restore, Number = number, Step = step, Text = startedFrom ?? string.Empty, Data = Encoding.UTF8.GetBytes($"{parts}\n{taken}") });
        var answers = new List<RankMessage>();
        var (began, limit) = (time.GetTimestamp(), patience + (ReadingPatience * took));
        while (true)
        {
            var (came, missing) = group.TakeAnswers(RankTopic.Restore, number, Slice);
            answers.AddRange(came);
            missing = [.. missing.Except(answers.Select(answer => answer.Rank))];
            if (missing.Count == 0)
            {
                if (answers.Where(answer => answer.Step == Unreadable).ToList() is [var first, ..] unreadable)
                    throw new RankException($"rank {first.Rank} cannot begin: {first.Text}", [.. unreadable.Select(answer => answer.Rank)]);
                return [.. answers.Where(answer => answer.Text.Length > 0).Select(answer => $"rank {answer.Rank}: {answer.Text}")];
            }

            if (departures.IsLoss)
                Thread.Sleep(Timeout.Infinite); // the run is being ended for that
            ThrowWhereOneHasLeft(missing);
            var words = $"rank{(missing.Count == 1 ? string.Empty : "s")} {string.Join(", ", missing)}";
            if (time.GetRunningTime(began) > limit)
                throw new RankException($"{words} did not restore step {step} within {Duration.Words(limit)}: what comes before the first step may take longer there, and RankPatience says how long that is waited for", missing);
            log.LogWarning(LogEvents.RanksLate, "{Ranks} did not restore step {Step} yet; waiting for {Time}", words, step, Duration.Words(time.GetElapsedTime(began)));
        }
    }

    /// <summary>For the others: which step rank 0 begins with, which parts it tracks, and what it has taken of another run's checkpoint.</summary>
    /// <exception cref="RankException">It has ended.</exception>
    public (RankMessage Offer, string Parts, string Taken) AwaitOffer()
    {
        var offer = AwaitFirstRank(RankTopic.Restore, restores);
        var words = Encoding.UTF8.GetString(offer.Data.Span).Split('\n', 2);
        return (offer, words[0], words[^1]);
    }

    /// <summary>For the others: whether that could be restored here.</summary>
    /// <param name="problem">Why not; empty when it could.</param>
    /// <param name="isDamage">Whether it is proven that it cannot be used; else it cannot be read now.</param>
    public void AnswerOffer(string problem, bool isDamage = true) => group.Answer(RankTopic.Restore, restores++, isDamage ? 0 : Unreadable, problem);

    /// <summary>For rank 0: whether all go on with what was offered, or another offer comes.</summary>
    /// <param name="isSettled">Whether they do.</param>
    /// <param name="count">The steps of the whole run; null while that is not known.</param>
    public void Settle(bool isSettled, long? count) => group.Announce(
        new RankMessage(RankMessageKind.Announce) { Topic = RankTopic.Settled, Number = restores - 1, Step = count ?? -1, Text = isSettled ? string.Empty : "again" });

    /// <summary>For the others: the same.</summary>
    /// <param name="count">Rank 0's steps of the whole run; null while that is not known.</param>
    /// <exception cref="RankException">It has ended.</exception>
    public bool AwaitSettled(out long? count)
    {
        var word = AwaitFirstRank(RankTopic.Settled, restores - 1);
        count = word.Step < 0 ? null : word.Step;
        return word.Text.Length == 0;
    }

    /// <summary>For rank 0: the end, as it is decided. The others leave, and are waited for.</summary>
    public void TellEnd(RunOutcomeKind kind)
    {
        if (hasEnded)
            return;
        hasEnded = true;
        group.Announce(new RankMessage(RankMessageKind.Announce) { Topic = RankTopic.End, Step = (long)kind });
        group.AwaitLeft(RankGroup.ToLeave);
    }

    /// <summary>For the others: waits for the end.</summary>
    /// <returns>How rank 0 ended the run. Where it is gone without a word this does not return: the control thread ends the process.</returns>
    public RunOutcomeKind AwaitEnd()
    {
        awaitsEnd.Set();
        var end = AwaitFirstRank(RankTopic.End, 0);
        hasEnded = true;
        group.SayGoodbye();
        return (RunOutcomeKind)end.Step;
    }

    /// <summary>Whether the program's thread waits for the end, or does so before long.</summary>
    public bool IsAwaitingEnd(TimeSpan patience) => awaitsEnd.Wait(patience);

    /// <summary>This rank ends by itself, not at a step at which all do. The others are told, and end, too.</summary>
    /// <param name="how">How, in words that come after "rank 3".</param>
    public void TellLeft(string how)
    {
        if (hasEnded)
            return;
        if (group.Rank == 0)
            TellEnd(RunOutcomeKind.Left);
        else
            group.Answer(RankTopic.Leave, 0, 0, how);
        hasEnded = true;
    }

    /// <summary>An error ends this rank. Where it is another rank's death this does not return: the control thread ends the process, and has the job requeued before.</summary>
    /// <param name="how">How, in words that come after "rank 3".</param>
    public void TellFailure(string how)
    {
        if (hasEnded)
            return;
        if (group.Rank != 0)
            group.Answer(RankTopic.Leave, 0, 0, how);
        if (departures.AwaitLoss())
            Thread.Sleep(Timeout.Infinite);
        if (group.Rank == 0)
            TellEnd(RunOutcomeKind.Left);
        hasEnded = true;
    }

    /// <summary>The same.</summary>
    public void TellFailure(Exception error) => TellFailure(HowItFailed(error));

    /// <summary>An error, in words that come after "rank 3".</summary>
    public static string HowItFailed(Exception error) => $"failed: {error.GetType().Name}: {error.Message}";

    /// <summary>An error ends this process.</summary>
    public static void TellFailureOfAll(Exception error)
    {
        foreach (var ranks in AllOpen())
            ranks.TellFailure(error);
    }

    /// <summary>The program ends this process, with runs that it has not closed.</summary>
    public static void TellExitOfAll()
    {
        foreach (var ranks in AllOpen())
            ranks.TellLeft("has ended its process");
    }

    public void Dispose()
    {
        hasEnded = true;
        lock (Open)
            Open.Remove(this);
        group.Dispose();
        departures.Ends();
    }

    // A warning kills a rank that does not listen yet, so it is missing when the run stops before its first step. Who comes goes by the journal, and stops, too.
    private IReadOnlyList<int> AwaitOthers(Func<bool> isStopWanted, out SortedDictionary<int, string> nodes, out TimeSpan waited)
    {
        nodes = new() { [0] = NodeName.Own };
        long? stops = null;
        while (true)
        {
            var (answers, missing) = group.TakeAnswers(RankTopic.Begin, 0, Moment);
            foreach (var answer in answers)
                nodes[answer.Rank] = answer.Text;
            missing = [.. missing.Except(nodes.Keys)];
            ThrowWhereOneHasLeft(missing);
            waited = time.GetRunningTime(openedAt);
            if (missing.Count == 0 || waited > patience)
                return missing;
            stops ??= isStopWanted() ? time.GetTimestamp() : null;
            if (stops is { } since && time.GetRunningTime(since) > ToComeAtStop)
                return missing;
        }
    }

    // Who is gone answers nothing any more.
    private void ThrowWhereOneHasLeft(IReadOnlyList<int> missing)
    {
        if (departures.FirstLeaver is { } left)
            throw new RankException(left, [.. missing.Where(departures.HasLeft)]);
    }

    private long Longest(RankMessage told)
    {
        longestSteps[told.Rank] = told.Step;
        return longestSteps.Max();
    }

    private void SayStand(long number, RankStand stand)
    {
        Volatile.Write(ref askedAt, time.GetTimestamp());
        group.TakeAnnouncement(RankTopic.Stand, number, TimeSpan.Zero);
        group.Answer(RankTopic.Stand, number, stand.Step, stand.ToText());
    }

    private void Left(RankMessage message, Action onLeft)
    {
        if (!departures.Leaves(message.Rank, $"rank {message.Rank} {message.Text}"))
            return;
        group.LeaveAtBoundary(message.Rank);
        onLeft();
    }

    private static RunRanks[] AllOpen()
    {
        lock (Open)
            return [.. Open];
    }

    private static int[] NumbersOf(IReadOnlyList<string> names)
    {
        var known = names.Distinct(StringComparer.Ordinal).ToList();
        return [.. names.Select(name => known.IndexOf(name))];
    }

    // As long as rank 0 is there: it may be reading, and its heartbeat says whether it lives. Where it is gone the control thread ends this process.
    private RankMessage AwaitFirstRank(RankTopic topic, long number)
    {
        while (true)
        {
            if (group.TakeAnnouncement(topic, number, Slice) is { } message)
                return message;
            if (topic != RankTopic.End && hasEnded)
                throw new RankException("rank 0 has ended the run before it began: see its log", [0]);
            if (group.HubLost is not null)
                Thread.Sleep(hasEnded ? Slice : Timeout.InfiniteTimeSpan);
        }
    }
}
