using System.Collections;

namespace Cairn.Runs;

/// <summary>The steps of a run as a sequence; leaving it early is seen by its disposal.</summary>
internal sealed class StepSequence(TrainingRun run, long count) : IEnumerable<long>, IEnumerator<long>
{
    private bool begun;

    public long Current => run.StepsDone;

    object IEnumerator.Current => Current;

    public IEnumerator<long> GetEnumerator() => this;

    IEnumerator IEnumerable.GetEnumerator() => this;

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
