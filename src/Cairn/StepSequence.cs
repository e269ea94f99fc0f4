using Cairn.Runs;

namespace Cairn;

/// <summary>
/// The steps of a run that are still to do, for one <c>foreach</c> and nothing else: each move to the next one is a step boundary, so
/// who went through them in any other way (a list of them, say) would train nothing.
/// </summary>
public sealed class StepSequence
{
    private readonly RunLoop loop;
    private readonly long count;
    private bool taken;

    internal StepSequence(RunLoop loop, long count) => (this.loop, this.count) = (loop, count);

    /// <summary>Begins, for <c>foreach</c>.</summary>
    /// <exception cref="InvalidOperationException">It was begun before.</exception>
    public Enumerator GetEnumerator()
    {
        if (taken)
            throw new InvalidOperationException(Once);
        taken = true;
        return new Enumerator(loop, count);
    }

    internal const string Once = "the steps of a run can be gone through once, by one foreach: a step boundary lies between two of them. Put what both loops do into one, or write a loop of your own with Restore() and Boundary(step)";

    /// <summary>Where the loop is.</summary>
    public sealed class Enumerator : IDisposable
    {
        private readonly RunLoop loop;
        private readonly long count;
        private bool begun;

        internal Enumerator(RunLoop loop, long count) => (this.loop, this.count) = (loop, count);

        /// <summary>The number of the step, from 0.</summary>
        public long Current => loop.State.StepsDone;

        /// <summary>The first time restores, unless <see cref="TrainingRun.Restore"/> did; every further time is a step boundary.</summary>
        /// <returns>Whether there is a step to do.</returns>
        public bool MoveNext()
        {
            if (begun)
                return loop.StepEnded();
            begun = true;
            return loop.BeginSteps(count);
        }

        /// <summary>The loop is over, or was left.</summary>
        public void Dispose() => loop.LeaveSteps();
    }
}
