using System.Collections;

namespace Cairn.Runs;

/// <summary>The steps of a run as a sequence; leaving it early is seen by its disposal.</summary>
internal sealed class StepSequence(TrainingRun run, long count) : IEnumerable<long>, IEnumerator<long>
{
    private bool taken;
    private bool begun;

    public long Current => run.StepsDone;

    object IEnumerator.Current => Current;

    public IEnumerator<long> GetEnumerator()
    {
        if (taken)
            throw new InvalidOperationException("the steps of a run can be gone through once");
        taken = true;
        return this;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    public bool MoveNext()
    {
        if (begun)
            return run.StepEnded();
        begun = true;
        return run.Begin(count);
    }

    public void Reset() => throw new NotSupportedException("the steps of a run can be gone through once");

    public void Dispose() => run.Leave();
}
