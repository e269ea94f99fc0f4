using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Saves;

/// <summary>Training steps of a wanted length that keep all cores busy, in the two halves that a step has.</summary>
internal sealed class Training : IDisposable
{
    private const int Rows = 512;
    private readonly State state;
    private readonly Tensor left = randn(Rows, Rows);
    private readonly Tensor right = randn(Rows, Rows);
    private readonly int products;

    /// <param name="state">What is trained.</param>
    /// <param name="seconds">How long a step should be; it is never less than the change of the weights and one product.</param>
    public Training(State state, double seconds)
    {
        this.state = state;
        products = 21;
        WarmUp();
        var longest = Seconds(20);
        products = 1;
        var shortest = Seconds(20);
        var each = (longest - shortest) / 20;
        products = 1 + (int)Math.Max(0, (seconds - shortest) / each);
        StepSeconds = Seconds(20);
    }

    /// <summary>How long a step takes with nothing else going on.</summary>
    public double StepSeconds { get; }

    /// <summary>Reads the weights, changes none.</summary>
    public void ForwardAndBackward()
    {
        for (var i = 0; i < products; i++)
            left.mm(right).Dispose();
    }

    /// <summary>Changes all weights.</summary>
    public void OptimizerStep() => state.Change();

    public void Dispose()
    {
        left.Dispose();
        right.Dispose();
    }

    // Torch's threads may begin on one core; until the system has spread them, steps take twice as long.
    private void WarmUp()
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began).TotalSeconds < 2;)
        {
            ForwardAndBackward();
            OptimizerStep();
        }
    }

    // The median: others on the machine make single steps long.
    private double Seconds(int steps)
    {
        var seconds = new List<double>(steps);
        for (var i = 0; i < steps; i++)
        {
            var began = Stopwatch.GetTimestamp();
            ForwardAndBackward();
            OptimizerStep();
            seconds.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
        }

        return Measuring.Quantiles.Median(seconds);
    }
}
