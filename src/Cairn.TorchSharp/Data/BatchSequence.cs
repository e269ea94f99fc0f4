namespace Cairn;

/// <summary>
/// The batches of a run that are still to do, for one <c>foreach</c> and nothing else: each move to the next one is a step boundary.
/// </summary>
/// <typeparam name="T">What a batch holds.</typeparam>
public sealed class BatchSequence<T>
{
    private readonly StepSequence steps;
    private readonly ResumableLoader<T> loader;

    internal BatchSequence(StepSequence steps, ResumableLoader<T> loader) => (this.steps, this.loader) = (steps, loader);

    /// <summary>Begins, for <c>foreach</c>.</summary>
    /// <exception cref="InvalidOperationException">It was begun before.</exception>
    public Enumerator GetEnumerator() => new(steps.GetEnumerator(), loader);

    /// <summary>Where the loop is.</summary>
    public sealed class Enumerator : IDisposable
    {
        private readonly StepSequence.Enumerator steps;
        private readonly ResumableLoader<T> loader;
        private Batch<T>? batch;

        internal Enumerator(StepSequence.Enumerator steps, ResumableLoader<T> loader) => (this.steps, this.loader) = (steps, loader);

        /// <summary>The batch, whose tensors live until the next move.</summary>
        public Batch<T> Current => batch ?? throw new InvalidOperationException("there is no batch before the first move, nor after the last one");

        /// <summary>The first time restores, unless <see cref="TrainingRun.Restore"/> did; every further time is a step boundary.</summary>
        /// <returns>Whether there is a batch.</returns>
        public bool MoveNext()
        {
            Release(); // before the boundary, where a save may need the memory
            if (!steps.MoveNext())
                return false;
            batch = loader.At(steps.Current);
            return true;
        }

        /// <summary>The loop is over, or was left.</summary>
        public void Dispose()
        {
            Release();
            steps.Dispose();
        }

        private void Release()
        {
            batch?.Dispose();
            batch = null;
        }
    }
}
