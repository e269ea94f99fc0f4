namespace Cairn.Tests.Properties;

/// <summary>One line of a random program over a checkpoint folder. One that does not fit where it stands does nothing, so any lines can be left out.</summary>
internal abstract record Operation
{
    /// <summary>The next attempt begins; one that still lives lives on, and can go on by <see cref="OlderGoesOn"/>.</summary>
    /// <param name="OwnLoop">Whether the program counts the steps.</param>
    /// <param name="Mode">How it saves.</param>
    /// <param name="Still">What it does when a save is due while one is being written.</param>
    /// <param name="Every">Its schedule; 0 for none.</param>
    /// <param name="Planned">The steps of the whole run.</param>
    /// <param name="RestoresFirst">Whether it restores before its loop.</param>
    /// <param name="Drifts">Training is not the same each time: two attempts come to different states of the same step.</param>
    public sealed record Start(bool OwnLoop, SaveMode Mode, WhenStillSaving Still, int Every, int Planned, bool RestoresFirst = false, bool Drifts = false) : Operation
    {
        public override string ToString() => $"start{(OwnLoop ? " with a loop of one's own" : RestoresFirst ? " with Restore() before Steps" : string.Empty)}: {Planned} steps, {Mode}, {Still} when still saving, {(Every == 0 ? "no schedule" : $"saves every {Every}")}{(Drifts ? ", other bits than before" : string.Empty)}";
    }

    public sealed record Steps(int Count) : Operation
    {
        public override string ToString() => $"{Count} step(s)";
    }

    public sealed record OlderGoesOn(int Which, int Count) : Operation
    {
        public override string ToString() => $"an older attempt that still lives (the {Which + 1}. of them) goes on: {Count} step(s)";
    }

    public sealed record Report(int Value) : Operation
    {
        public override string ToString() => $"report {Value}";
    }

    public sealed record AskForSave : Operation
    {
        public override string ToString() => "ask for a save at the boundary";
    }

    public sealed record Stop : Operation
    {
        public override string ToString() => "a stop is asked for";
    }

    public sealed record StopWhileStateIsTaken : Operation
    {
        public override string ToString() => "a stop is asked for while the next save takes the state";
    }

    public sealed record FailNextSave(int Times = 1) : Operation
    {
        public override string ToString() => Times == 1 ? "the next commit fails" : $"the next {Times} commits fail";
    }

    public sealed record PartThrows : Operation
    {
        public override string ToString() => "a part throws at the next save";
    }

    public sealed record LeaveOutGate : Operation
    {
        public override string ToString() => "the next step has no gate";
    }

    public sealed record TrainBeforeGate : Operation
    {
        public override string ToString() => "in the step after the first save one of two optimizers comes before the gate";
    }

    public sealed record SaveInSteps(int Ahead) : Operation
    {
        public override string ToString() => $"Save(step + {Ahead}) inside of Steps";
    }

    public sealed record Stall(int Calls) : Operation
    {
        public override string ToString() => $"the attempt will stall after its {Calls}. look for a later one";
    }

    public sealed record Kill : Operation
    {
        public override string ToString() => "kill";
    }

    public sealed record Break : Operation
    {
        public override string ToString() => "break";
    }

    public sealed record Complete : Operation
    {
        public override string ToString() => "Complete() in this step";
    }

    public sealed record LeaveWithoutFinish : Operation
    {
        public override string ToString() => "Dispose()";
    }

    public sealed record ToTheEnd : Operation
    {
        public override string ToString() => "all steps that are left, and Finish()";
    }

    public sealed record FinishNow : Operation
    {
        public override string ToString() => "own loop: Finish() as things are";
    }

    public sealed record Save(bool Waits, bool Fails) : Operation
    {
        public override string ToString() => $"own loop: Save(step){(Fails ? ", which fails" : string.Empty)}{(Waits ? ", and wait for it" : string.Empty)}";
    }

    public sealed record SaveAgain : Operation
    {
        public override string ToString() => "own loop: Save(step) once more";
    }

    public sealed record SaveAnotherState : Operation
    {
        public override string ToString() => "own loop: Save(step), the state is changed, Save(step) of the same step";
    }

    public sealed record MoveAway(int Which) : Operation
    {
        public override string ToString() => Which < 0 ? "by hand: all checkpoints are moved away" : $"by hand: checkpoint {Which} from the newest is moved away";
    }

    public sealed record MoveBack : Operation
    {
        public override string ToString() => "by hand: what was moved away is moved back";
    }

    public sealed record CopyIn(int Which) : Operation
    {
        public override string ToString() => $"by hand: a checkpoint of another folder is copied in (step {Donor.Steps[Which]})";
    }

    public sealed record FlipBit(int Which) : Operation
    {
        public override string ToString() => $"a bit flips in checkpoint {Which} from the newest";
    }

    public sealed record Truncate(int Which) : Operation
    {
        public override string ToString() => $"checkpoint {Which} from the newest is cut off";
    }

    public sealed record RemoveJournal(int Which) : Operation
    {
        public override string ToString() => $"by hand: journal {Which + 1} before the newest is removed";
    }
}
