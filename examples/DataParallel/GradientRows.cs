using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace DataParallel;

/// <summary>
/// The gradients of a step, a row for each micro-batch of the global batch. A rank computes the rows of its own micro-batches; when it has those
/// of all the others, it adds all of them up, always in the same order. So the sum has the same bits however many ranks there are, while a sum of
/// each rank's sum would be rounded in other places.
/// </summary>
internal sealed class GradientRows
{
    private readonly Tensor[] parameters;
    private readonly int rows;
    private readonly int first;
    private readonly int length;
    private readonly float[] average;

    public GradientRows(nn.Module model, int microBatches, int rank, int worldSize)
    {
        parameters = [.. model.parameters()];
        length = (int)parameters.Sum(parameter => parameter.numel()) + 1; // the loss is behind the gradients
        (rows, first) = (microBatches, microBatches / worldSize * rank);
        All = new float[rows * length];
        average = new float[length];
    }

    /// <summary>All rows, one after the other; each rank fills its own, and the exchange those of the others.</summary>
    public float[] All { get; }

    /// <summary>Takes the gradients of one of this rank's micro-batches out of the parameters.</summary>
    public void Take(int index, Tensor loss)
    {
        var rest = All.AsSpan((first + index) * length, length);
        foreach (var parameter in parameters)
        {
            using var gradient = parameter.grad!;
            Numbers(gradient).CopyTo(rest);
            gradient.zero_();
            rest = rest[(int)gradient.numel()..];
        }

        rest[0] = loss.item<float>();
    }

    /// <summary>Puts the mean over all samples of the global batch into the parameters' gradients.</summary>
    /// <returns>The mean of the loss.</returns>
    public double Average(long samples)
    {
        for (var place = 0; place < length; place++)
        {
            var sum = 0.0;
            for (var row = 0; row < rows; row++)
                sum += All[row * length + place];
            average[place] = (float)(sum / samples);
        }

        var rest = average.AsSpan();
        foreach (var parameter in parameters)
        {
            using var gradient = parameter.grad!;
            rest[..(int)gradient.numel()].CopyTo(Numbers(gradient));
            rest = rest[(int)gradient.numel()..];
        }

        return rest[0];
    }

    private static Span<float> Numbers(Tensor gradient) => MemoryMarshal.Cast<byte, float>(gradient.bytes);
}
