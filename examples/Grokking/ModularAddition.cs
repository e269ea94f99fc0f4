using Cairn;
using static TorchSharp.torch;

namespace Grokking;

/// <summary>Pairs of numbers and their sums.</summary>
/// <param name="Pairs">int64 [n, 2].</param>
/// <param name="Sums">int64 [n].</param>
internal sealed record Examples(Tensor Pairs, Tensor Sums);

/// <summary>All sums a + b modulo a prime, split at random into a training and a validation set.</summary>
internal sealed class ModularAddition
{
    public ModularAddition(int modulus, double trainShare)
    {
        Modulus = modulus;
        var all = (long)modulus * modulus;
        var shuffled = randperm(all, dtype: ScalarType.Int64).data<long>().ToArray();
        var cut = (int)(all * trainShare);
        Training = Make(shuffled[..cut]);
        Validation = Make(shuffled[cut..]);
    }

    public int Modulus { get; }

    public Examples Training { get; }

    public Examples Validation { get; }

    /// <summary>Batches of the training set, each epoch in another order.</summary>
    public ResumableLoader<Examples> TrainingLoader(int batchSize, long seed) => new(
        new SampleOrder(Training.Sums.shape[0], batchSize, seed),
        indices =>
        {
            using var chosen = tensor(indices);
            return new Examples(Training.Pairs.index_select(0, chosen), Training.Sums.index_select(0, chosen));
        });

    /// <summary>The share of right answers, with dropout off.</summary>
    public static double Accuracy(AdditionModel model, Examples examples)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        model.eval();
        var right = model.forward(examples.Pairs).argmax(1).eq(examples.Sums).to(ScalarType.Float64).mean().item<double>();
        model.train();
        return right;
    }

    private Examples Make(long[] numbers) => new(
        tensor(numbers.SelectMany(number => (long[])[number / Modulus, number % Modulus]).ToArray()).view(-1, 2),
        tensor(numbers.Select(number => ((number / Modulus) + (number % Modulus)) % Modulus).ToArray()));
}
