using Cairn;

namespace DataParallel;

/// <summary>How gradients get from rank to rank. None of it is Cairn's.</summary>
internal abstract class Exchange : IDisposable
{
    public static Exchange Open(string name, TrainingRun run, int numbers, TimeSpan patience) => name switch
    {
        "shared" => SharedMemoryExchange.Open(run, numbers, patience),
        "mpi" => MpiExchange.Start(run, patience),
        _ => throw new ExchangeException($"--exchange is '{name}': shared (ranks on one machine) or mpi"),
    };

    /// <summary>Each rank brings its part of the numbers (rank r of N the r-th of N equal parts), and gets those of all others.</summary>
    /// <param name="numbers">All numbers, of which this rank's part is filled.</param>
    /// <param name="step">The step, for messages.</param>
    /// <exception cref="ExchangeException">Not all ranks have come within the patience.</exception>
    public abstract void Gather(float[] numbers, long step);

    /// <summary>Every rank has left the loop, at the same step: nothing follows.</summary>
    public virtual void Leave()
    {
    }

    public abstract void Dispose();
}

/// <summary>The ranks cannot come together. The message says what to do.</summary>
internal sealed class ExchangeException(string message) : Exception(message);
