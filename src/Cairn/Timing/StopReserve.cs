using System.Runtime.InteropServices;

namespace Cairn.Timing;

/// <summary>What must happen before a job's end, and so how long before it: a stop, the forced end, the requeue. Pure decisions.</summary>
/// <remarks>
/// The last seconds are shared out so that every party gets something: each share is a part of the whole window when that is short (the
/// time between TERM and KILL may be ten seconds).
/// </remarks>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StopReserve
{
    private static readonly TimeSpan MostSlack = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MostGuess = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LeastAnswer = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MostAnswer = TimeSpan.FromSeconds(30); // Slurm's own commands give up after about 20 s

    // Nothing trains meanwhile. A controller is back after minutes; without an end in sight nobody knows how much time there is.
    private static readonly TimeSpan MostAsking = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan MostAskingBlind = TimeSpan.FromMinutes(2);

    /// <summary>The longest of the recent steps: the boundary may be that far away.</summary>
    public TimeSpan LongestStep { get; init; }

    /// <summary>What another step takes that comes after that one: ranks that act together agree on the boundary after the next. An ordinary one, for two long ones in a row are rare.</summary>
    public TimeSpan OneStepMore { get; init; }

    /// <summary>The longest save; null as long as none is known.</summary>
    public TimeSpan? LongestSave { get; init; }

    /// <summary>From the job's start to its end; null when it is unknown.</summary>
    public TimeSpan? WallTime { get; init; }

    /// <summary>The wall time, or the time between TERM and KILL; null when it is unknown.</summary>
    public TimeSpan? Window { get; init; }

    /// <summary>How long before the end the user wants the run to stop; null where it is measured.</summary>
    public TimeSpan? Margin { get; init; }

    /// <summary>How long before the end a run stops by itself.</summary>
    public TimeSpan Stop => Margin ?? Longer(Needed, Share(10, 3));

    /// <summary>
    /// What a stop needs: one more step, the save and half of it again, and some slack for the requeue; behind the step at least what keeps it clear of
    /// the forced end. As long as no save is known, of this attempt or one before: a fifth of the wall time, at most a minute, if that is more.
    /// </summary>
    public TimeSpan Needed
    {
        get
        {
            var slack = Shorter(WallTime / 20, MostSlack);
            var steps = LongestStep + OneStepMore;
            return LongestSave is { } save
                ? steps + Longer((save * 1.5) + slack, AwaitStep)
                : Longer(steps + Longer(slack, AwaitStep), Shorter(WallTime / 5, MostGuess));
        }
    }

    // Until here a boundary is awaited: no step takes exactly as long as the longest one, and what comes behind ForceStep is thrown away.
    private TimeSpan AwaitStep => Shorter(Margin, Share(8, 3));

    /// <summary>Here what has not come to a boundary is ended by force: enough for Slurm's answers to a question and a requeue.</summary>
    /// <remarks>Who keeps less time than that for a stop wants the steps to go on till then.</remarks>
    public TimeSpan ForceStep => Shorter(Margin * 0.75, Share(6, 4));

    /// <summary>Here a run that hangs in its own last save is ended by force.</summary>
    public TimeSpan ForceSave => Shorter(Margin * 0.75, Share(2, 12));

    /// <summary>Here a save that is waited for is given up, for the requeue's sake.</summary>
    public TimeSpan GiveUpSave => Share(3, 8);

    /// <summary>How long to wait for an answer of Slurm at a stop.</summary>
    /// <param name="left">The time until the end; null without a limit.</param>
    public static TimeSpan Answer(TimeSpan? left) => Longer(Shorter((left ?? MostAnswer) / 2, MostAnswer), LeastAnswer);

    /// <summary>How long altogether Slurm is asked again while it does not answer at a stop: the last try needs time for an answer.</summary>
    /// <param name="left">The time from the first try until the end; null without a limit.</param>
    public static TimeSpan Asking(TimeSpan? left) => left is { } limited ? Shorter(limited - LeastAnswer, MostAsking) : MostAskingBlind;

    /// <summary>Whether a step as long as the longest that is known would not end in time, if it began now.</summary>
    /// <param name="left">The time until nothing can be saved any more; null without a limit.</param>
    /// <param name="longest">The longest step that is known, of this attempt and those before it.</param>
    public bool IsTooShortFor(TimeSpan longest, TimeSpan? left) => longest > LongestStep && left < Stop - LongestStep + longest;

    /// <summary>Whether a warning so long before the end comes too late for a step and a save.</summary>
    public bool IsShort(TimeSpan lead) => lead < Needed;

    /// <summary>What was wrong with a warning's lead, and what to do about it. Only when a save is known.</summary>
    /// <param name="signal">The signal's name.</param>
    /// <param name="lead">From the signal to the end.</param>
    public NumberedText Advice(string signal, TimeSpan lead)
    {
        var ask = Math.Ceiling(Needed.TotalSeconds / 10) * 10;
        var (before, step, save, needed) = (Duration.Words(lead), Duration.Words(LongestStep), Duration.Words(LongestSave!.Value), Duration.Words(Needed));
        return new(
            $"{signal} came {before} before the end, but a step ({step}) and a save ({save}) need about {needed}: let it come earlier, with --signal={signal}@{ask:0} or more",
            ("Lead", before), ("LongestStep", step), ("LongestSave", save), ("Needed", needed), ("AskSeconds", ask));
    }

    /// <summary>
    /// Whether to save at this boundary, once a long step may come that does not fit into the time that is left (<see cref="IsTooShortFor"/>).
    /// An evaluation at the end of an epoch is such a step: it comes too rarely for the run to stop early each time, and may begin at any boundary.
    /// </summary>
    /// <remarks>What may be lost if it comes is a 64th of its own length; the saves may cost a twentieth of the time meanwhile, and be written for half of it.</remarks>
    /// <param name="longIsNext">Whether the long step is expected to be the next one.</param>
    /// <param name="sinceTaken">Since the newest state was taken.</param>
    /// <param name="longest">The longest step that is known.</param>
    /// <param name="measured">What saves take.</param>
    public static bool IsSaveBeforeLongStepDue(bool longIsNext, TimeSpan sinceTaken, TimeSpan longest, MeasuredTimes measured)
    {
        const int partOfStep = 64;
        const int timesStall = 20;
        const int timesSave = 2;
        return longIsNext || (sinceTaken >= longest / partOfStep && !(sinceTaken < measured.Stall * timesStall) && !(sinceTaken < measured.Save * timesSave));
    }

    private TimeSpan Share(int seconds, int part) => Shorter(Window / part, TimeSpan.FromSeconds(seconds));

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Shorter(TimeSpan? one, TimeSpan other) => one is { } known && known < other ? known : other;
}
