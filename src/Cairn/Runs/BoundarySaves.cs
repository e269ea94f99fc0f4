using Cairn.Attempts;
using Cairn.Timing;
using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>Which saves a step boundary makes: when one is due, at a stop, and at the end. What a save is, <see cref="RunSaver"/> knows.</summary>
internal sealed class BoundarySaves(RunContext context, TrainingRunOptions options, RunSaver saver, RunTimes times, LeadReport leads, RunParts parts)
{
    // Nothing trains any more when the last save fails, so somebody is given time to make room on the disk.
    private static readonly TimeSpan PatienceWithDisk = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private MeasuredTimes measured = MeasuredTimes.None;
    private bool isLongStepNear;
    private long lastProgress;
    private string? askedFor;

    /// <summary>Whether the program has asked for a save at the next boundary.</summary>
    public bool Asked { get; set; }

    /// <summary>A later attempt has taken the folder over; null while none has.</summary>
    public SupersededException? Superseded { get; private set; }

    /// <summary>Before the first step.</summary>
    public void Begin(long step)
    {
        Measure();
        options.Save.IsDue(Moment(step)); // nothing is new to save: for a schedule that tunes itself to know, before it is printed
        lastProgress = context.Time.GetTimestamp();
        if (context is { IsWriter: true, Together: { } ranks })
            AskAll(ranks, step);
    }

    /// <summary>Where a boundary has something to do, four times a second if steps are short: a schedule computes anew for another object.</summary>
    public void Measure()
    {
        if (times.Measured is var now && now != measured)
            measured = now;
    }

    /// <summary>Whether a boundary has anything to do about saves. Asked at each.</summary>
    public bool HaveWork(long step) => IsAskedFor
        || (context.IsWriter && (saver.HasNews || saver.Retry || times.NextStepIsLong || isLongStepNear || IsDue(step) || (context.Together is not null && IsDue(step + 1))));

    /// <summary>Whether a save of this very boundary's state is asked for.</summary>
    public bool IsAskedFor => Asked || saver.Metrics.MakeSaveDue;

    /// <summary>Saves when that is due. Returns false when a later attempt has taken over: the run is over.</summary>
    /// <param name="step">Completed steps.</param>
    /// <param name="isAgreed">With several ranks: whether all have agreed to save at this boundary. One that is due where they are not together is asked for; only of a state that is asked for by its step rank 0 saves all by itself.</param>
    public bool SaveWhenDue(long step, bool isAgreed)
    {
        if (!context.IsWriter)
            return true;
        try
        {
            saver.Collect();
            if (saver.Retry && saver.MustRewrite)
                saver.Rewrite(); // before another state takes the place of the copy
            var reason = saver.Metrics.MakeSaveDue ? RunSaver.MetricReason : Asked ? "program" : IsDue(step) ? "schedule" : saver.Retry ? "retry" : IsLongStepNear() ? "long-step" : null;
            if (isAgreed)
                reason ??= askedFor ?? "program";
            else if (context.Together is not null && !saver.AllRanksAreHere && (!IsAskedFor || parts.NeedsAll is not null))
                (askedFor, reason) = (PutOff(step, reason) ?? askedFor, null);
            if (reason is not null && saver.StepsTaken < step && saver.CanBegin(step, always: isAgreed || IsAskedFor || times.NextStepIsLong) && (IsAskedFor || !saver.MustRewrite))
            {
                TellProgress(step);
                saver.Save(step, reason, parts.ByName, overlapped: true);
                if (saver.MustSaveAgain(step))
                    saver.Save(step, reason, parts.ByName);
                askedFor = null;
            }
            else if (context.Time.GetElapsedTime(lastProgress) >= TimeSpan.FromMinutes(1))
            {
                TellProgress(step);
            }

            if (context.Together is { } ranks)
                AskAll(ranks, step);
            return true;
        }
        catch (SupersededException error)
        {
            return TakenOver(error);
        }
    }

    /// <summary>The boundary is over, and the next step begins.</summary>
    /// <param name="step">Completed steps.</param>
    public void NextStep(long step)
    {
        Asked = false;
        if (saver.Metrics.NextStep(step))
            context.Log.LogWarning(LogEvents.MetricInEveryStep, "the metric by which retention chooses was reported in each of the last steps: every one of them is saved for that, and training waits. Report it after an evaluation alone");
    }

    /// <summary>Waits until the newest state is durable. Returns whether it is; a failure is reported.</summary>
    /// <param name="step">Completed steps.</param>
    /// <param name="reason">Why.</param>
    /// <param name="isStateKnown">
    /// Whether this is the boundary of that step. Behind it the program may have changed the state: only what was taken then is written.
    /// </param>
    public bool SaveForGood(long step, string reason, bool isStateKnown)
    {
        if (!context.IsWriter)
            return true;
        try
        {
            leads.JudgeWarning();
            if (saver.StepsTaken < step)
                TellProgress(step);
            if (isStateKnown)
                return saver.SaveForGood(step, reason, parts.ByName);
            if (saver.Join() && saver.StepsSaved < step && saver.CanRewrite)
            {
                saver.Rewrite();
                saver.Join();
            }

            return saver.StepsSaved >= step;
        }
        catch (SupersededException error)
        {
            return TakenOver(error);
        }
    }

    /// <summary>The same at the end of the run, again and again as long as there is time.</summary>
    public bool SaveLast(long step, bool isStateKnown)
    {
        var (began, told) = (context.Time.GetTimestamp(), false);
        while (!SaveForGood(step, RunSaver.LastReason, isStateKnown))
        {
            if (Superseded is not null || saver.IsLost(step))
                return false;
            if (!isStateKnown && !saver.WasBusy && !saver.CanRewrite)
            {
                context.Log.LogError(LogEvents.LastStateLost, "the last state is not on the disk and was not kept, and what the program holds by now may be a newer one: nothing is stored as step {Step}", step);
                return false;
            }

            if (!told)
                context.Log.LogWarning(LogEvents.LastSaveTriedAgain, "the last state must be on the disk before the run counts as finished: it is tried for {Patience}, or until the job's end is near", Duration.Words(PatienceWithDisk));
            told = true;
            do
            {
                context.Watch.CheckDeadline(times);
                if (context.Watch.StopRequested || context.Time.GetRunningTime(began) > PatienceWithDisk)
                    return false;
                Thread.Sleep(Interval); // the next try is not due yet, and a stop may be asked for meanwhile
            }
            while (saver.IsPausing);
        }

        return true;
    }

    /// <summary>Waits for a save that is under way.</summary>
    public void Await()
    {
        try
        {
            saver.Join();
        }
        catch (SupersededException error)
        {
            TakenOver(error);
        }
    }

    /// <summary>Asks whether a later attempt has the folder.</summary>
    /// <exception cref="IOException">Nobody knows.</exception>
    public bool IsTakenOver()
    {
        try
        {
            context.Claim?.ThrowIfSuperseded();
            return false;
        }
        catch (SupersededException error)
        {
            return !TakenOver(error);
        }
    }

    /// <summary>Writes down what steps took since the last time.</summary>
    public void TellProgress(long step)
    {
        lastProgress = context.Time.GetTimestamp();
        saver.Metrics.Flush();
        var steps = times.TakeStepStatistics();
        var longest = context.Together?.LongestStepOfOthers is { } others && others > times.LongestStep ? others : times.LongestStep;
        context.Journal?.Write(new Progress(
            context.Now, step, steps.Count, steps.Mean, steps.Deviation, steps.Longest, saver.Metrics.Newest, longest.TotalSeconds));
    }

    // At the next boundary all can save together: what is due then, or was due here and is not saved, is asked for. Rank 0 alone has all of a
    // state that is asked for by its step, where the others are past it already.
    private void AskAll(RunRanks ranks, long step)
    {
        if (IsDue(step + 1) && !context.SharedSaves!.MeetAt(step + 1))
            askedFor = "schedule";
        else if (askedFor is null || saver.StepsTaken >= step)
            return;
        if (saver.IsBusy && options.WhenStillSaving != WhenStillSaving.Wait)
            saver.CanBegin(step + 1, always: false); // which counts it
        else
            ranks.WantSave(step + 1);
    }

    // Others are past this step already, and no rank can save it for them.
    private string? PutOff(long step, string? reason)
    {
        if (reason != RunSaver.MetricReason)
            return reason;
        context.Log.LogWarning(LogEvents.SavePutOff, "step {Step}, for whose metric it should be saved, is not: each rank has a state of its own of part '{Part}', and not all were there. Report the metric on all ranks. The next step at which all are is saved", step, parts.NeedsAll);
        return "program";
    }

    private SaveMoment Moment(long step) =>
        new(step, saver.StepsTaken, context.Time.GetElapsedTime(saver.TakenAt, times.LastBoundary)) { Measured = measured };

    private bool IsDue(long step) => !saver.IsPausing && options.Save.IsDue(Moment(step));

    // What is saved for it is not taken for a save of the schedule: it comes as often as its cost allows.
    private bool IsLongStepNear()
    {
        var left = context.Watch.Left;
        var isNear = context.Watch.Reserve(times).IsTooShortFor(times.LongestStep, left);
        if (isNear && !isLongStepNear)
            context.Log.LogInformation(LogEvents.LongStepNear, "a step took {Longest} before, and the job ends in {Left}: saved from here on before such a step could begin", Duration.Words(times.LongestStep), Duration.Words(left!.Value));
        isLongStepNear = isNear;
        return isNear && !saver.IsPausing && StopReserve.IsSaveBeforeLongStepDue(times.NextStepIsLong, context.Time.GetElapsedTime(saver.TakenAt, times.LastBoundary), times.LongestStep, measured) && (times.NextStepIsLong || !saver.IsBusy);
    }

    private bool TakenOver(SupersededException error)
    {
        Superseded = error;
        context.Log.LogError(LogEvents.Superseded, "{Error}", error.Message);
        return false;
    }
}
