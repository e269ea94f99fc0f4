using Cairn.Attempts;
using Cairn.Checkpoints;
using Cairn.Tests.Runs;

namespace Cairn.Tests.Properties;

/// <summary>One attempt: a user's program around a run, driven step by step, with what may go wrong in it.</summary>
internal sealed class Life : IDisposable
{
    public const string Metric = "loss";
    private const int DriftOfAttempt = 1000; // more than a program changes by itself

    private readonly Operation.Start how;
    private readonly ManualResetEventSlim goOn = new();
    private readonly Dictionary<string, ICheckpointPart> parts;
    private StepSequence.Enumerator? steps;
    private volatile bool isStalled;
    private int looksUntilStall;
    private double? reportedForNextSave;
    private int failuresToCome;
    private bool stopWhenTaken;
    private bool throwWhenTaken;
    private bool leaveOutGate;
    private bool willTrainBeforeGate;
    private bool trainBeforeGate;
    private readonly HashSet<long> taken = [];
    private long? savedStep;
    private long savedVariant;

    private Life(TrainingRun run, Operation.Start how, ListLogger log)
    {
        (Run, this.how, Log) = (run, how, log);
        State = TrainedState.At(0, 0);
        State.OnTaken = OnTaken;
        parts = State.Parts;
        Seams.AroundCommit(run, look => () => Look(look));
    }

    public TrainingRun Run { get; }

    public ListLogger Log { get; }

    public TrainedState State { get; }

    public int Number => Run.Attempt;

    public bool OwnLoop => how.OwnLoop;

    /// <summary>The step that it began with.</summary>
    public long ResumedAt { get; private set; }

    /// <summary>The metric that was reported in the body of the step that made this one.</summary>
    public Dictionary<long, double> Reports { get; } = [];

    /// <summary>Every state that this attempt was in.</summary>
    public HashSet<(long Step, long Variant)> States { get; } = [];

    /// <summary>A later attempt has begun.</summary>
    public bool Superseded { get; set; }

    /// <summary>It stalled, or something in it was made to throw: what it saves, and what of that is kept, is not known beforehand.</summary>
    public bool WasDisturbed { get; private set; }

    /// <summary>It has said that a step is lost that its retention was to keep: only that excuses it.</summary>
    public bool HasToldOfLoss => Log.Messages.Any(message => message.Contains("retention would have kept it, could not be saved", StringComparison.Ordinal));

    /// <summary>It stalled right after it had looked for a later attempt: what it goes on to do then no look can prevent.</summary>
    public bool Stalled { get; private set; }

    /// <summary>What ran into an error in the line that is being played.</summary>
    public bool FailedNow { get; set; }

    /// <summary>Nobody goes on with it: it has ended or was killed.</summary>
    public bool IsOver { get; private set; }

    /// <summary>The planned steps with which it finished; null when it did not.</summary>
    public long? Finished { get; private set; }

    private bool isDisposed;

    public static Life Open(string folder, Operation.Start how, bool keepsBest)
    {
        var log = new ListLogger();
        return new Life(
            TrainingRun.Open(folder, new()
            {
                Save = how.Every == 0 ? SaveSchedule.Never : SaveSchedule.EverySteps(how.Every),
                SaveMode = how.Mode,
                WhenStillSaving = how.Still,
                Keep = keepsBest ? Retention.Any(Retention.KeepBest(Metric, 1), Retention.KeepLast(2)) : Retention.KeepLast(3),
                Logger = log,
            }),
            how,
            log);
    }

    /// <summary>The first move.</summary>
    /// <exception cref="CairnException">The run refuses to start.</exception>
    public void Begin()
    {
        foreach (var (name, part) in parts)
            Run.Track(name, part);
        var goesOn = true;
        try
        {
            if (OwnLoop || how.RestoresFirst)
                Run.Restore();
            if (!OwnLoop)
            {
                steps = Run.Steps(how.Planned).GetEnumerator();
                goesOn = steps.MoveNext();
            }
        }
        catch
        {
            Crash();
            throw;
        }

        ResumedAt = Run.StepsDone;
        States.Add((State.Step, State.Variant));
        if (ResumedAt > 0)
            (savedStep, savedVariant) = (State.Step, State.Variant);
        if (!goesOn || Run.AlreadyFinished)
            Finish();
    }

    /// <summary>Whether a line that arms something can be taken.</summary>
    public void Arm(Operation line)
    {
        WasDisturbed |= line is not (Operation.StopWhileStateIsTaken or Operation.LeaveOutGate or Operation.FailNextSave);
        switch (line)
        {
            case Operation.StopWhileStateIsTaken:
                stopWhenTaken = true;
                break;
            case Operation.FailNextSave(var times):
                failuresToCome = times;
                break;
            case Operation.PartThrows:
                throwWhenTaken = true;
                break;
            case Operation.LeaveOutGate:
                leaveOutGate = true;
                break;
            case Operation.TrainBeforeGate:
                willTrainBeforeGate = true;
                break;
            case Operation.Stall stall when how is { OwnLoop: false, Mode: SaveMode.Asynchronous } && !Superseded:
                looksUntilStall = stall.Calls;
                break;
        }
    }

    public void Report(double value)
    {
        Run.Report(Metric, value);
        if (OwnLoop)
            reportedForNextSave = value;
        else
            Reports[State.Step + 1] = value;
    }

    /// <summary>Takes steps, as long as there are any and nothing holds it up.</summary>
    public void Take(int count)
    {
        if (isStalled)
            GoOnFromStall();
        for (var i = 0; i < count && !IsOver && !isStalled && !(OwnLoop && State.Step >= how.Planned); i++)
            Guard(TakeStep);
    }

    public void Complete()
    {
        GoOnFromStall();
        Guard(() =>
        {
            Body();
            Run.Complete();
            Boundary();
        });
    }

    /// <summary>Leaves the loop by break.</summary>
    public void Break()
    {
        GoOnFromStall();
        Reports.Remove(State.Step + 1);
        LeftByBreak = true;
        Guard(() =>
        {
            steps!.Dispose();
            Finish();
        });
    }

    public void ToTheEnd()
    {
        looksUntilStall = 0;
        Take(int.MaxValue);
        if (IsOver)
            return;
        Guard(() =>
        {
            Save(waits: true);
            Run.Complete();
            Finish();
        });
    }

    public void FinishNow()
    {
        if (!OwnLoop)
            return;
        LeftByBreak = savedStep != State.Step; // whether its state is still that of the boundary nobody knows
        Guard(Finish);
    }

    /// <summary>A save of a loop of one's own.</summary>
    /// <param name="waits">Whether to wait for it.</param>
    public void SaveNow(bool waits) => Guard(() => Save(waits));

    /// <summary>The state is changed, and saved under the same step: when that was saved before, it must not look as if it had been.</summary>
    public void SaveAnotherState()
    {
        if (savedStep != State.Step)
            SaveNow(waits: true);
        if (IsOver || savedStep != State.Step)
            return;
        State.Change();
        States.Add((State.Step, State.Variant));
        Guard(() =>
        {
            PendingSave save;
            TakeReport();
            try
            {
                save = Run.Save(State.Step);
                save.Wait();
            }
            catch (InvalidOperationException)
            {
                return; // it is said that this step has another state
            }
            catch (CheckpointWriteException)
            {
                return;
            }

            (savedStep, savedVariant) = (State.Step, State.Variant);
        });
    }

    /// <summary>The variant of which a save of a step said that it is durable; null for a step that no save spoke of last.</summary>
    public long? SaidToBeDurable(long step) => savedStep == step && OwnLoop ? savedVariant : null;

    /// <summary>A save inside of the loop of Steps, of whatever number.</summary>
    public void SaveInSteps(int ahead)
    {
        if (OwnLoop || State.Step + ahead < 0)
            return;
        GoOnFromStall();
        Guard(() =>
        {
            try
            {
                Run.Save(State.Step + ahead);
            }
            catch (InvalidOperationException)
            {
                return;
            }

            throw new BrokenPromise($"Save({State.Step + ahead}) inside of Steps, in step {State.Step}, was taken");
        });
    }

    public void LeaveWithoutFinish()
    {
        GoOnFromStall();
        Guard(Leave);
    }

    /// <summary>Whether it has saved all that it is about to save by itself.</summary>
    public bool IsQuiet => isDisposed || isStalled || !Seams.IsWriting(Run);

    public bool IsStalled => isStalled;

    /// <summary>Nobody goes on with it.</summary>
    public void Kill() => IsOver = true;

    public void GoOnFromStall()
    {
        looksUntilStall = 0;
        if (!isStalled)
            return;
        goOn.Set();
        SpinWait.SpinUntil(() => !isStalled && !Seams.IsWriting(Run));
    }

    /// <summary>After everything was looked at.</summary>
    public void Dispose()
    {
        looksUntilStall = 0;
        (stopWhenTaken, throwWhenTaken, failuresToCome) = (false, false, 0);
        goOn.Set();
        Leave();
        goOn.Dispose();
    }

    private void TakeStep()
    {
        Body();
        Boundary();
    }

    private void Body()
    {
        // What a start from step 0 finds in its way it leaves there, for a person to decide: as the last step that is tried for ten minutes.
        if (how.Drifts && ResumedAt > 0 && State.Step == ResumedAt)
            State.Variant += DriftOfAttempt * Number;
        State.Forward();
        if (trainBeforeGate)
            State.StepDiscriminator();
        if (!leaveOutGate)
            Run.BeforeOptimizerStep();
        State.StepDiscriminator();
        State.StepGenerator();
        States.Add((State.Step, State.Variant));
    }

    private void Boundary()
    {
        if (State.Step >= how.Planned || Run.StopRequested || stopWhenTaken)
            looksUntilStall = 0; // this save is waited for
        if (OwnLoop)
            TakeReport();
        var goesOn = OwnLoop ? Run.Boundary(State.Step, last: State.Step >= how.Planned) : steps!.MoveNext();
        trainBeforeGate = leaveOutGate = false;

        // At once, as long as the copy goes on. Only the first saves of an attempt are promised to be checked to the last byte. In a loop of
        // one's own Save() may follow, which takes the state as it is.
        if (willTrainBeforeGate && goesOn && !OwnLoop && taken.Count == 1 && Seams.IsOverlapping(Run))
        {
            (trainBeforeGate, willTrainBeforeGate) = (true, false);
            State.StepDiscriminator();
        }

        if (looksUntilStall > 0)
            SpinWait.SpinUntil(() => isStalled || !Seams.IsWriting(Run));
        if (!goesOn)
            Finish();
    }

    private void Save(bool waits)
    {
        if (savedStep == State.Step && savedVariant != State.Variant)
            return;
        TakeReport();
        var save = Run.Save(State.Step);
        (savedStep, savedVariant) = (null, 0);
        if (!waits)
            return;
        try
        {
            save.Wait();
            (savedStep, savedVariant) = (State.Step, State.Variant);
        }
        catch (CheckpointWriteException) when (FailedNow)
        {
            // The user was told.
        }
    }

    private void TakeReport()
    {
        if (reportedForNextSave is { } value)
            Reports[State.Step] = value;
        reportedForNextSave = null;
    }

    private void Finish()
    {
        looksUntilStall = 0;
        var worked = false;
        ExitCode = Run.Finish(() => worked = true);
        if (worked && Superseded)
            throw new BrokenPromise($"attempt {Number} did its last work although a later one has the folder");
        if (ExitCode == 0 && worked)
            Finished = OwnLoop ? Run.StepsDone : how.Planned;
        Leave();
    }

    /// <summary>The loop was left, and not by its boundary.</summary>
    public bool LeftByBreak { get; private set; }

    /// <summary>What Finish returned; null without it.</summary>
    public int? ExitCode { get; private set; }

    // What the program lets come up ends it, as an unhandled exception does; only what it was told to do may come up.
    private void Guard(Action act)
    {
        try
        {
            act();
        }
        catch (InjectedException)
        {
            Crash();
        }
        catch (InvalidOperationException) when (leaveOutGate || trainBeforeGate)
        {
            Crash();
        }
        catch (SupersededException) when (Superseded)
        {
            Crash();
        }
    }

    private void Crash()
    {
        (leaveOutGate, trainBeforeGate) = (false, false);
        Crashed = true;
        Leave();
    }

    /// <summary>It was ended by an exception.</summary>
    public bool Crashed { get; private set; }

    private void Leave()
    {
        IsOver = true;
        if (isDisposed)
            return;
        isDisposed = true;
        var exitCode = Environment.ExitCode; // a run that is left without Finish says there how it ended
        steps?.Dispose();
        Run.Dispose();
        Environment.ExitCode = exitCode;
    }

    private void OnTaken()
    {
        if (State.Step > ResumedAt)
            taken.Add(State.Step);
        if (stopWhenTaken)
        {
            stopWhenTaken = false;
            Seams.AskToStop(Run);
        }

        if (throwWhenTaken)
        {
            throwWhenTaken = false;
            throw new InjectedException();
        }
    }

    private void Look(Action look)
    {
        if (failuresToCome > 0)
        {
            failuresToCome--;
            FailedNow = true;
            throw new IOException("a failure that the test wants");
        }

        look();
        if (looksUntilStall > 0 && --looksUntilStall == 0)
        {
            (Stalled, isStalled) = (true, true);
            goOn.Wait();
            goOn.Reset();
            isStalled = false;
        }
    }

    private sealed class InjectedException : Exception;
}
