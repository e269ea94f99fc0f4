using CsCheck;

namespace Cairn.Tests.Properties;

/// <summary>A random program: what happens to one checkpoint folder, line by line.</summary>
/// <param name="KeepsBest">Whether the best by a reported metric is kept, besides the two newest.</param>
/// <param name="Lines">What happens.</param>
internal sealed record RandomProgram(bool KeepsBest, IReadOnlyList<Operation> Lines)
{
    private static readonly Gen<Operation> Starts = Gen.Select(
        Gen.Frequency((3, false), (1, true)), Gen.OneOf(SaveMode.Asynchronous, SaveMode.Synchronous, SaveMode.Overlapped), Gen.OneOf(WhenStillSaving.Skip, WhenStillSaving.Wait), Gen.OneOf(0, 1, 2, 2, 3, 5), Gen.OneOf(12, 12, 12, 20), Gen.Frequency((3, false), (1, true)), Gen.Bool,
        (own, mode, still, every, planned, first, drifts) => (Operation)new Operation.Start(own, mode, still, every, planned, first, drifts));

    private static readonly Gen<Operation> Line = Gen.Frequency<Operation>(
        (14, Starts),
        (20, Gen.Int[1, 6].Select(count => (Operation)new Operation.Steps(count))),
        (5, Gen.Select(Gen.Int[0, 1], Gen.Int[1, 6], (which, count) => (Operation)new Operation.OlderGoesOn(which, count))),
        (8, Gen.Int[0, 9].Select(value => (Operation)new Operation.Report(value))),
        (4, Gen.Const<Operation>(new Operation.AskForSave())),
        (3, Gen.Const<Operation>(new Operation.Stop())),
        (3, Gen.Const<Operation>(new Operation.StopWhileStateIsTaken())),
        (3, Gen.OneOf(1, 1, 2).Select(times => (Operation)new Operation.FailNextSave(times))),
        (1, Gen.Const<Operation>(new Operation.PartThrows())),
        (1, Gen.Const<Operation>(new Operation.LeaveOutGate())),
        (3, Gen.Const<Operation>(new Operation.TrainBeforeGate())),
        (2, Gen.Int[-2, 3].Select(ahead => (Operation)new Operation.SaveInSteps(ahead))),
        (5, Gen.OneOf(1, 1, 2, 3).Select(calls => (Operation)new Operation.Stall(calls))),
        (5, Gen.Const<Operation>(new Operation.Kill())),
        (1, Gen.Const<Operation>(new Operation.Break())),
        (1, Gen.Const<Operation>(new Operation.Complete())),
        (2, Gen.Const<Operation>(new Operation.LeaveWithoutFinish())),
        (4, Gen.Const<Operation>(new Operation.ToTheEnd())),
        (3, Gen.Const<Operation>(new Operation.FinishNow())),
        (6, Gen.Select(Gen.Bool, Gen.Frequency((2, false), (1, true)), (waits, fails) => (Operation)new Operation.Save(waits, fails))),
        (1, Gen.Const<Operation>(new Operation.SaveAgain())),
        (2, Gen.Const<Operation>(new Operation.SaveAnotherState())),
        (4, Gen.Int[-1, 1].Select(which => (Operation)new Operation.MoveAway(which))),
        (4, Gen.Const<Operation>(new Operation.MoveBack())),
        (2, Gen.Int[0, 2].Select(which => (Operation)new Operation.CopyIn(which))),
        (2, Gen.Int[0, 1].Select(which => (Operation)new Operation.FlipBit(which))),
        (1, Gen.Int[0, 1].Select(which => (Operation)new Operation.Truncate(which))),
        (1, Gen.Int[0, 1].Select(which => (Operation)new Operation.RemoveJournal(which))));

    // What chance puts together too rarely: an attempt that stalls in a save which its successor makes as well, ...
    private static readonly Gen<Operation[]> Race = Gen.Select(
        Gen.OneOf(1, 1, 2, 3), Gen.Int[1, 3], Gen.Int[1, 6], Gen.OneOf(SaveMode.Asynchronous, SaveMode.Synchronous, SaveMode.Overlapped), Gen.Bool,
        (calls, every, steps, mode, drifts) => (Operation[])
        [
            new Operation.Start(false, SaveMode.Asynchronous, WhenStillSaving.Skip, every, 20), new Operation.Steps(steps), new Operation.Stall(calls), new Operation.Steps(every),
            new Operation.Start(false, mode, WhenStillSaving.Wait, every, 20, Drifts: drifts), new Operation.Steps(steps), new Operation.OlderGoesOn(0, 1), new Operation.OlderGoesOn(1, 1),
        ]);

    // ... the save of a step that retention is to keep fails, ...
    private static readonly Gen<Operation[]> FailedMetric = Gen.Select(
        Gen.OneOf(SaveMode.Asynchronous, SaveMode.Synchronous, SaveMode.Overlapped), Gen.Int[1, 4], Gen.Int[1, 3], Gen.Int[0, 3], Gen.Int[1, 4],
        (mode, steps, times, every, after) => (Operation[])
        [
            new Operation.Start(false, mode, WhenStillSaving.Skip, every, 20), new Operation.Steps(steps), new Operation.FailNextSave(times), new Operation.Report(0), new Operation.Steps(1), new Operation.Steps(after),
        ]);

    // ... and a save that fails, with a newer state at the end.
    private static readonly Gen<Operation[]> FailedSave = Gen.Select(
        Gen.OneOf(SaveMode.Asynchronous, SaveMode.Synchronous), Gen.Int[1, 4], Gen.Bool,
        (mode, steps, waits) => (Operation[])
        [
            new Operation.Start(true, mode, WhenStillSaving.Skip, 0, 20), new Operation.Steps(steps), new Operation.Save(waits, Fails: true), new Operation.Steps(steps), new Operation.FinishNow(),
        ]);

    private static readonly Gen<Operation[]> Some = Gen.Frequency((60, Line.Select(line => new[] { line })), (1, Race), (1, FailedSave), (1, FailedMetric));

    private static readonly Gen<RandomProgram> All = Gen.Select(
        Gen.Bool, Starts, Some.Array[4, 30], Starts, (keepsBest, first, lines, last) => new RandomProgram(keepsBest, [first, .. lines.SelectMany(some => some), last, new Operation.ToTheEnd()]));

    /// <summary>The program of a seed: the same for the same seed.</summary>
    public static RandomProgram Of(ulong seed) => All.Generate(new PCG(1, seed), null!, out _);

    public override string ToString() =>
        string.Join('\n', Lines.Select((line, number) => $"  {number + 1,2}  {line}").Prepend(KeepsBest ? "  keeps the best by the reported metric and the two newest" : "  keeps the newest three"));
}
