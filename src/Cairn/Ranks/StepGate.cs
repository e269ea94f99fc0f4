namespace Cairn.Ranks;

/// <summary>
/// The boundary as the training thread and the control thread share it: where training is, whether it must wait, and what is to be done
/// at which step. With nothing to do a boundary costs one store and one load.
/// </summary>
/// <remarks>
/// No fence is needed on the training's side: who asks sets the flag and has all threads of the process pass a barrier
/// (<see cref="Interlocked.MemoryBarrierProcessWide"/>) before reading. A boundary that did not see the flag is then visible, and one that
/// comes later waits.
/// </remarks>
internal sealed class StepGate : IStepGate
{
    private readonly object turn = new();
    private readonly List<RankMessage> orders = [];
    private long passed = -1;

    // From this boundary on there may be something to do: at once while it holds, at an order's step, or never.
    private long attendFrom = long.MaxValue;
    private bool holds;
    private bool isOpen;

    /// <summary>The boundary that was passed last; -1 before the restore.</summary>
    public long LastPassed => Volatile.Read(ref passed);

    /// <summary>Where training stands before its first step: the restored step's boundary lies behind it.</summary>
    public void BeginAt(long step) => Volatile.Write(ref passed, step);

    /// <summary>A step boundary: waits while the ranks agree.</summary>
    /// <param name="step">Completed steps.</param>
    /// <returns>What is to be done at it; null for nothing.</returns>
    public RankMessage? Pass(long step)
    {
        Volatile.Write(ref passed, step);
        return step < Volatile.Read(ref attendFrom) ? null : Await(step, RankPurpose.None);
    }

    /// <summary>The boundary of a step at which something was asked for that all do, if the others can do it there: it is not passed before that is known.</summary>
    /// <param name="step">Completed steps.</param>
    /// <param name="least">What was asked for; what is greater will do.</param>
    /// <returns>What is to be done at it; null for nothing: some rank was further, and it comes later.</returns>
    public RankMessage? PassAsked(long step, RankPurpose least) => Await(step, least);

    /// <summary>The same, and <see cref="Pass"/>, without waiting.</summary>
    /// <param name="step">Completed steps.</param>
    /// <param name="least">What was asked for; <see cref="RankPurpose.None"/> for nothing.</param>
    /// <param name="due">What is to be done at it.</param>
    /// <returns>Whether it is passed; if not, it may be when the control thread has something new.</returns>
    public bool TryPass(long step, RankPurpose least, out RankMessage? due)
    {
        if (least == RankPurpose.None)
            Volatile.Write(ref passed, step);
        lock (turn)
        {
            due = null;
            if (!isOpen && (holds || (least > RankPurpose.None && !orders.Exists(order => order.Purpose >= least))))
                return false;
            Volatile.Write(ref passed, step);
            due = Due(step);
            return true;
        }
    }

    /// <summary>Nobody passes another boundary from now on. By the control thread.</summary>
    /// <returns>The boundary that was passed last.</returns>
    public long Hold()
    {
        lock (turn)
        {
            holds = true;
            LookAgain();
        }

        Interlocked.MemoryBarrierProcessWide();
        return Volatile.Read(ref passed);
    }

    /// <summary>All have agreed. By the control thread.</summary>
    public void Act(RankMessage order)
    {
        lock (turn)
        {
            holds = false;
            orders.Add(order);
            LookAgain();
            Monitor.PulseAll(turn);
        }
    }

    /// <summary>Something is to be done here, whatever the others do.</summary>
    public void ActHere(RankMessage order)
    {
        lock (turn)
        {
            orders.Add(order);
            LookAgain();
            Monitor.PulseAll(turn);
        }
    }

    /// <summary>There is nobody to agree with any more: nothing holds from now on.</summary>
    public void Open()
    {
        lock (turn)
        {
            isOpen = true;
            holds = false;
            LookAgain();
            Monitor.PulseAll(turn);
        }
    }

    private RankMessage? Await(long step, RankPurpose least)
    {
        lock (turn)
        {
            RankMessage? due;
            while (!TryPass(step, least, out due))
                Monitor.Wait(turn);
            return due;
        }
    }

    private RankMessage? Due(long step)
    {
        RankMessage? due = null;
        foreach (var order in orders)
        {
            if (order.Step <= step && order.Purpose > (due?.Purpose ?? RankPurpose.None))
                due = order;
        }

        // Behind the end nobody agrees on anything: who goes on all the same, past an error of its last save, would wait for an answer that never comes.
        isOpen |= orders.Exists(order => order.Step <= step && order.Purpose is RankPurpose.Stop or RankPurpose.Complete);
        orders.RemoveAll(order => order.Step <= step);
        LookAgain();
        return due;
    }

    private void LookAgain()
    {
        var from = holds ? long.MinValue : long.MaxValue;
        foreach (var order in orders)
            from = Math.Min(from, order.Step);
        Volatile.Write(ref attendFrom, from);
    }
}
