using Cairn.Ranks;
using Cairn.Tests.Checkpoints;

namespace Cairn.Tests.Ranks;

/// <summary>The gate with real threads; what it decides is played in <see cref="AgreementPropertyTests"/>.</summary>
public sealed class StepGateTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);
    private static readonly int Rounds = LongForm.IsOn ? 100_000 : 300;

    /// <summary>
    /// Two trainings that run as fast as they can, millions of boundaries, and a control thread that holds them, asks and lets them go.
    /// </summary>
    [Fact]
    public void No_boundary_slips_through_a_hold()
    {
        StepGate[] gates = [new(), new()];
        Array.ForEach(gates, gate => gate.BeginAt(0)); // as behind a restore: a hold may come before the first boundary
        var done = new long[gates.Length];
        string? wrong = null;
        var over = false;
        var trainings = gates.Select((gate, rank) => new Thread(() =>
        {
            for (var step = 1L; !Volatile.Read(ref over); step++)
            {
                if (gate.Pass(step) is not { } due)
                    continue;
                if (due.Step != step)
                    wrong ??= $"what was agreed on for {due.Step} was done at {step}";
                Volatile.Write(ref done[rank], due.Number);
                while (Volatile.Read(ref done[1 - rank]) < due.Number && !Volatile.Read(ref over))
                    Thread.Yield(); // else the one that runs gets ahead of the one that does not, further in each round
            }
        })).ToList();
        trainings.ForEach(training => training.Start());
        for (var round = 1; round <= Rounds && wrong is null; round++)
        {
            var step = gates.Max(gate => gate.Hold()) + 1;
            foreach (var gate in gates)
                gate.Act(new RankMessage(RankMessageKind.Act) { Number = round, Purpose = RankPurpose.Save, Step = step });
            for (var rank = 0; rank < gates.Length; rank++)
                wrong ??= SpinWait.SpinUntil(() => Volatile.Read(ref done[rank]) == round || wrong is not null, Limit) ? null : $"rank {rank} has not done {round} at {step} for long, and is at {gates[rank].LastPassed}";
        }

        Volatile.Write(ref over, true);
        foreach (var gate in gates)
            gate.Open();
        Assert.All(gates, gate => Assert.True(gate.LastPassed > Rounds));
        trainings.ForEach(training => Assert.True(training.Join(Limit)));
        Assert.Null(wrong);
    }

    /// <summary>
    /// The barrier that all threads of the process pass: without it a boundary is passed whose number still is on its way to memory, and the answer
    /// does not count it. One training without a pause, held again at once, for that is a matter of nanoseconds.
    /// </summary>
    [Fact]
    public void A_boundary_that_is_on_its_way_to_memory_is_counted()
    {
        var gate = new StepGate();
        gate.BeginAt(0); // as behind a restore: the first hold may come before the first boundary
        string? wrong = null;
        var (done, over) = (0L, false);
        var training = new Thread(() =>
        {
            for (var step = 1L; !Volatile.Read(ref over); step++)
            {
                if (gate.Pass(step) is not { } due)
                    continue;
                if (due.Step != step)
                    wrong ??= $"what was agreed on for {due.Step} was done at {step}";
                Volatile.Write(ref done, due.Number);
            }
        });
        training.Start();
        var began = TimeProvider.System.GetTimestamp();
        for (var round = 1; wrong is null && round <= 1_000_000 && TimeProvider.System.GetElapsedTime(began) < (LongForm.IsOn ? Limit : TimeSpan.FromSeconds(2)); round++)
        {
            gate.Act(new RankMessage(RankMessageKind.Act) { Number = round, Purpose = RankPurpose.Save, Step = gate.Hold() + 1 });
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref done) == round, Limit));
        }

        Volatile.Write(ref over, true);
        gate.Open();
        Assert.True(training.Join(Limit));
        Assert.Null(wrong);
    }

    [Fact]
    public void A_rank_that_holds_its_step_for_the_last_one_waits_for_the_others()
    {
        var gate = new StepGate();
        gate.BeginAt(6);
        RankMessage? due = null;
        var training = new Thread(() => due = gate.PassAsked(7, RankPurpose.Stop));
        training.Start();
        Assert.Equal(6, gate.Hold());
        gate.Act(new RankMessage(RankMessageKind.Act) { Purpose = RankPurpose.Save, Step = 7 });
        Assert.Equal(6, gate.LastPassed);
        gate.Act(new RankMessage(RankMessageKind.Act) { Purpose = RankPurpose.Complete, Step = 7 });
        Assert.True(training.Join(Limit));
        Assert.Equal(RankPurpose.Complete, due?.Purpose);
        Assert.Equal(7, gate.LastPassed);
    }

    // A program may catch what the last save throws, and come to a further boundary.
    [Theory]
    [InlineData(RankPurpose.Stop, RankPurpose.None)]
    [InlineData(RankPurpose.Complete, RankPurpose.None)]
    [InlineData(RankPurpose.Stop, RankPurpose.Leave)] // which is done in its place
    public void Behind_the_end_nobody_waits_for_an_answer(object end, object besides)
    {
        var gate = new StepGate();
        gate.BeginAt(6);
        gate.Act(new RankMessage(RankMessageKind.Act) { Purpose = RankPurpose.Save, Step = 7 });
        Assert.NotNull(gate.Pass(7));
        Assert.False(gate.TryPass(8, RankPurpose.Stop, out _));
        gate.Act(new RankMessage(RankMessageKind.Act) { Purpose = (RankPurpose)end, Step = 8 });
        if ((RankPurpose)besides != RankPurpose.None)
            gate.ActHere(new RankMessage(RankMessageKind.Act) { Purpose = (RankPurpose)besides, Step = 8 });
        Assert.NotNull(gate.PassAsked(8, RankPurpose.Stop));
        Assert.True(gate.TryPass(9, RankPurpose.Stop, out var due));
        Assert.Null(due);
    }

    [Fact]
    public void Nothing_holds_where_there_is_nobody_to_agree_with()
    {
        var gate = new StepGate();
        gate.Hold();
        var training = new Thread(() =>
        {
            gate.Pass(1);
            gate.PassAsked(2, RankPurpose.Stop);
        });
        training.Start();
        gate.Open();
        Assert.True(training.Join(Limit));
        Assert.Equal(2, gate.LastPassed);
    }
}
