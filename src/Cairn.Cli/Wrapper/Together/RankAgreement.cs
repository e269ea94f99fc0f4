using System.Diagnostics.CodeAnalysis;
using Cairn.Cli.Contract;
using Cairn.Cli.SlurmForms;
using Cairn.Ranks;
using Cairn.Slurm;
using Cairn.Timing;

namespace Cairn.Cli.Wrapper.Together;

/// <summary>
/// Brings the processes of a program to stop at one step, by their pages: those of this wrapper alone, or with the wrappers of the step's other tasks by the
/// job's hub. What a member knows it tells the first one, which decides whether all are there.
/// </summary>
/// <remarks>An agreement of some is worse than none: where not all have a page each stops by its flag, as without pages, and that is said.</remarks>
internal sealed class RankAgreement : IDisposable
{
    private static readonly TimeSpan Quick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);

    // A page that is found late costs nothing as long as nobody is to stop, and most programs never make one.
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    // From the first page on: who has none by then does not ask.
    private static readonly TimeSpan ToCome = TimeSpan.FromMinutes(3);

    // The same when a stop is wanted, for then the time is short; and for a member that does not hear of the first one.
    private static readonly TimeSpan ToComeWhenAsked = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ToHear = TimeSpan.FromSeconds(20);

    // For the others' programs, when this one has stopped. The job's end comes sooner, as a rule.
    private static readonly TimeSpan ToEnd = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan SaysNothing = TimeSpan.FromSeconds(5);

    // A rank that is so many steps behind the one that is furthest counts otherwise than that.
    private const long FarBehind = 100;
    private const int StackSize = 256 * 1024;
    private static readonly TimeSpan ToLeave = TimeSpan.FromSeconds(2);

    private readonly PageFolder pages;
    private readonly SlurmJob? step;
    private readonly TimeProvider time;
    private readonly Inbox inbox = new();
    private readonly Dictionary<int, Tally> tallies = [];
    private readonly HashSet<string> said = [];
    private readonly HashSet<int> stopped = [];
    private readonly TaskCompletionSource allHaveStopped = new();
    private readonly Thread thread;
    private HubConnection? hub;
    private string? unconnected;
    private string? wanted;
    private long? firstPageOn;
    private long? wantedOn;
    private long? askedOn;
    private long? stoppedOn;
    private bool isAgreed;
    private bool saidWaiting;
    private volatile bool isOver;

    /// <param name="pages">Of this wrapper's processes.</param>
    /// <param name="step">This task of a step with several; null where all processes are this wrapper's.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="OutOfMemoryException">No thread can be started.</exception>
    public RankAgreement(PageFolder pages, SlurmJob? step, TimeProvider time)
    {
        (this.pages, this.step, this.time) = (pages, step, time);
        thread = new Thread(Work, StackSize) { IsBackground = true, Name = "cairn ranks" };
        thread.Start();
    }

    /// <summary>All are to stop. From any thread.</summary>
    public void Want(string why) => inbox.Post(() => Wanted(why));

    /// <summary>Whether one of this wrapper's processes has heard that it is to stop, by its page. From any thread.</summary>
    public bool WasTold => pages.WereTold;

    /// <summary>
    /// The program has stopped. Waits until those of the other tasks have ended, too, where all were to stop at one step: srun would end them in the middle of
    /// a save, with -K because of this task's exit code, under PMIx because it leaves at all. From any thread.
    /// </summary>
    public void WaitForOthers()
    {
        inbox.Post(HasStopped);
        if (!allHaveStopped.Task.Wait(ToEnd))
            Words.Say($"the programs of other tasks have not ended within {Durations.Format(ToEnd)}: not waited for any longer");
    }

    public void Dispose()
    {
        isOver = true;
        inbox.Post(() => { });
        _ = thread.Join(ToLeave); // a file system may stall
    }

    private bool IsFirst => step is null || step.Rank == 0;

    private TimeSpan Patience =>
        pages.Count == 0 ? wanted is null && stoppedOn is null ? Idle : Slow
        : pages.State == PageState.Undecided || wanted is not null ? Quick : Slow;

    private int WorldSize => tallies.Values.Select(tally => tally.WorldSize).DefaultIfEmpty().Max();

    private void Work()
    {
        if (step is not null)
        {
            hub = JobHub.Join(step, pages, time, out var problem);
            unconnected = hub is null ? problem : null;
            hub?.Start(message => inbox.Post(() => Heard(message)), why => inbox.Post(() => Lost(why)));
        }

        while (!isOver)
        {
            Safely(inbox.Take(Patience) ?? Look);
            if (!isOver)
                Safely(Look);
        }

        Leave();
    }

    // Nobody decides for the others any more.
    private void Leave()
    {
        if (hub is null)
            return;
        if (IsFirst && isAgreed)
        {
            hub.Send(new RankMessage(RankMessageKind.Announce) { Topic = RankTopic.End }); // nobody waits for others who may wait for this one
        }
        else if (IsFirst)
        {
            hub.Send(new RankMessage(RankMessageKind.Announce) { Topic = RankTopic.Begin, Number = (long)PageState.Apart });
            if (wantedOn is not null && tallies.Values.Any(tally => tally.Count > 0))
                SayApart("the first one has ended");
        }

        hub.Send(new RankMessage(RankMessageKind.Bye) { Rank = step!.Rank });
        hub.Dispose();
    }

    // Whatever goes wrong here, the program goes on, and its flag is left.
    [SuppressMessage("Design", "CA1031", Justification = "see above")]
    private void Safely(Action act)
    {
        try
        {
            act();
        }
        catch (Exception error)
        {
            Say($"warning: the ranks may not stop at one step: {error.GetType().Name}: {error.Message}");
        }
    }

    private void Look()
    {
        var hasChanged = pages.Look();
        pages.Beat();
        if (pages.Wanting is { } rank)
            Wanted($"rank {rank} has no more time than it needs to stop");
        if (pages.Count > 0 || pages.Problem is not null)
            firstPageOn ??= time.GetTimestamp();
        if (hasChanged)
            Tell();
        Decide();
        Ask();
        LookWhoHasStopped();
    }

    private void Wanted(string why)
    {
        if (wanted is not null)
            return;
        wanted = why;
        wantedOn = time.GetTimestamp();
        Tell();
    }

    // The first member hears of all, and of itself.
    private void Tell()
    {
        var own = new Tally(pages.Count, pages.WorldSize, pages.Problem, wanted is not null);
        if (hub is null)
            tallies[0] = own;
        else
            hub.Send(own.ToMessage());
    }

    private void Heard(RankMessage message)
    {
        if (message is { Kind: RankMessageKind.Answer, Topic: RankTopic.Begin })
        {
            tallies[message.Rank] = Tally.Of(message);
            if (tallies[message.Rank] is { Count: > 0 } or { Problem: not null })
                firstPageOn ??= time.GetTimestamp();
            if (tallies[message.Rank].IsWanted)
                wantedOn ??= time.GetTimestamp();
        }
        else if (message is { Kind: RankMessageKind.Announce, Topic: RankTopic.Begin })
        {
            pages.Tell((PageState)message.Number);
        }
        else if (message is { Kind: RankMessageKind.Answer, Topic: RankTopic.End })
        {
            stopped.Add(message.Rank);
            stoppedOn ??= time.GetTimestamp();
        }
        else if (message is { Kind: RankMessageKind.Announce, Topic: RankTopic.End } or { Kind: RankMessageKind.Lost, Rank: 0 })
        {
            allHaveStopped.TrySetResult();
        }
        else if (message.Kind == RankMessageKind.Bye || (message.Kind == RankMessageKind.Lost && message.Rank != step!.Rank))
        {
            tallies.Remove(message.Rank);
        }
        else if (message.Kind == RankMessageKind.Act)
        {
            Agreed(message);
        }
    }

    private void Lost(string why)
    {
        (hub, unconnected) = (null, $"the wrapper of the job is gone: {why}");
        allHaveStopped.TrySetResult();
        if (!isAgreed)
            Become(PageState.Apart, unconnected);
    }

    private void Decide()
    {
        var state = pages.State;
        if (state is PageState.Held or PageState.Stop || firstPageOn is null)
            return;
        if (unconnected is not null)
        {
            Become(PageState.Apart, unconnected);
            return;
        }

        if (!IsFirst)
        {
            // It decides, and says it. Where nothing comes from there the time is short.
            if (wantedOn is not null && state != PageState.Apart && Since(askedOn ?? wantedOn) > ToHear && Since(firstPageOn) > ToHear)
                Become(PageState.Apart, "nothing was heard of the first task's wrapper");
            return;
        }

        var (count, world) = (tallies.Values.Sum(tally => tally.Count), WorldSize);
        var problem = tallies.Values.Select(tally => tally.Problem).FirstOrDefault(one => one is not null);
        if (tallies.Values.Any(tally => tally.WorldSize != 0 && tally.WorldSize != world) || count > world)
            problem ??= $"they do not agree on how many they are ({count} have come, {world} should)";
        if (problem is null && count == 0 && askedOn is null)
        {
            // They have ended, and a script may start others, which begin anew.
            firstPageOn = null;
            if (state == PageState.Together || wantedOn is null)
                Become(PageState.Undecided, null);
            return;
        }

        if (problem is null && count == world && askedOn is null)
        {
            if (state == PageState.Undecided || (state == PageState.Apart && wantedOn is null))
                Become(PageState.Together, null);
            return;
        }

        if (askedOn is not null)
        {
            if (Since(askedOn) > ToHear)
                Become(PageState.Apart, "not all tasks have a wrapper, or one does not answer");
            return;
        }

        var limit = wantedOn is null ? ToCome : ToComeWhenAsked;
        if (problem is not null || (Since(firstPageOn) > limit && Since(wantedOn ?? firstPageOn) > limit))
            Become(PageState.Apart, problem ?? $"of {world} {count} ask whether to stop");
        else if (state == PageState.Together)
            Become(PageState.Undecided, null);
    }

    private void Become(PageState state, string? why)
    {
        if (pages.State == state)
            return;
        pages.Tell(state);
        if (IsFirst)
            hub?.Send(new RankMessage(RankMessageKind.Announce) { Topic = RankTopic.Begin, Number = (long)state });
        if (state == PageState.Apart)
            SayApart(why);
    }

    private void Ask()
    {
        if (wanted is null || askedOn is not null || pages.State != PageState.Together)
            return;
        askedOn = time.GetTimestamp();
        if (hub is null)
        {
            var act = new RankMessage(RankMessageKind.Act) { Step = pages.Hold() + 1 };
            pages.Act(act);
            Agreed(act);
        }
        else
        {
            hub.Send(new RankMessage(RankMessageKind.Wanted) { Purpose = RankPurpose.Stop, Text = wanted });
        }
    }

    private void Agreed(RankMessage act)
    {
        isAgreed = true;
        if (IsFirst)
            Say($"all {WorldSize} ranks stop at step {act.Step}");
        if (pages.Last is var (rank, passed) && act.Step - passed > FarBehind)
            Say($"warning: rank {rank} is {act.Step - passed} steps behind that: if it asks less often than another rank, have all of them say the step: cairn.stop_requested(step=...)");
    }

    private void HasStopped()
    {
        if (hub is null || !isAgreed)
            allHaveStopped.TrySetResult();
        else
            hub.Send(new RankMessage(RankMessageKind.Answer) { Topic = RankTopic.End });
    }

    // The first one knows of all, and when it leaves the others do.
    private void LookWhoHasStopped()
    {
        if (stoppedOn is null)
            return;
        var left = tallies.Keys.Where(rank => !stopped.Contains(rank)).ToList();
        if (left.Count == 0)
        {
            allHaveStopped.TrySetResult();
        }
        else if (Since(stoppedOn) > SaysNothing && !saidWaiting)
        {
            saidWaiting = true;
            Words.Say($"{stopped.Count} of {stopped.Count + left.Count} tasks stopped; task {left.Min()}{(left.Count == 1 ? "" : $" and {left.Count - 1} more")} is waited for, {Durations.Format(ToEnd)} at most");
        }
    }

    private void SayApart(string? why) => Say($"the ranks of the program do not stop at one step, each stops for itself: {why}");

    private void Say(string words)
    {
        if (said.Add(words))
            Words.Say(words);
    }

    private TimeSpan Since(long? instant) => time.GetRunningTime(instant!.Value);

    /// <summary>What one member has.</summary>
    private sealed record Tally(int Count, int WorldSize, string? Problem, bool IsWanted)
    {
        public static Tally Of(RankMessage message) =>
            new((int)message.Number, (int)message.Step, message.Text.Length == 0 ? null : message.Text, message.Purpose == RankPurpose.Stop);

        public RankMessage ToMessage() => new(RankMessageKind.Answer)
        {
            Topic = RankTopic.Begin,
            Number = Count,
            Step = WorldSize,
            Text = Problem ?? string.Empty,
            Purpose = IsWanted ? RankPurpose.Stop : RankPurpose.None,
        };
    }
}
