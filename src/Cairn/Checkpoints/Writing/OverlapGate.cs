namespace Cairn.Checkpoints.Writing;

/// <summary>
/// What stands between a copy that goes on during a step and the optimizer's part of that step. A save whose gate was not passed
/// may have copied changed tensors among unchanged ones; it is never committed.
/// </summary>
/// <param name="checks">
/// Whether to find out for certain what was changed before the gate; costs three times the hash of it all. Else a sample of each
/// tensor is looked at.
/// </param>
internal sealed class OverlapGate(bool checks)
{
    private readonly TaskCompletionSource<bool> passed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StagedState? state;

    /// <summary>Whether every byte is compared.</summary>
    public bool Checks => checks;

    /// <summary>The copy has begun.</summary>
    public void Open(StagedState staged) => state = staged;

    /// <summary>Has the rest copied. From then on the optimizer may change the tensors.</summary>
    /// <returns>The names of the tensors that were changed before; the save fails then.</returns>
    public IReadOnlyList<string> Pass()
    {
        try
        {
            state!.CopyRest();
        }
        catch (StagingFailedException)
        {
            // The save itself tells of it.
            Shut();
            return [];
        }

        IReadOnlyList<string> changed;
        try
        {
            changed = state.FindChanged();
        }
        catch
        {
            Shut(); // a device failed, so nobody knows
            throw;
        }

        state.Release();
        passed.TrySetResult(changed.Count == 0);
        return changed;
    }

    /// <summary>The step is over, and nobody came to the gate: the save fails.</summary>
    public void Shut()
    {
        if (!passed.TrySetResult(false))
            return;
        try
        {
            state!.CopyRest();
        }
        catch (StagingFailedException)
        {
            // It will not be copied, so the tensors may go as well.
        }

        state!.Release();
    }

    /// <summary>Returns when the gate was passed.</summary>
    /// <exception cref="OverlapException">It was shut.</exception>
    public void AwaitPassed()
    {
        if (!passed.Task.GetAwaiter().GetResult())
            throw new OverlapException();
    }
}

/// <summary>An overlapped save was given up, because its copy may hold a mixture of two steps.</summary>
internal sealed class OverlapException() : Exception("the optimizer may have changed tensors while they were copied");
