using TorchSharp;
using static TorchSharp.torch;

namespace DataParallel;

/// <summary>Points on two spirals that wind around each other.</summary>
/// <param name="Points">float32 [n, 2].</param>
/// <param name="Arms">int64 [n]: on which of the two each lies.</param>
internal sealed record Spirals(Tensor Points, Tensor Arms)
{
    /// <summary>The points there are.</summary>
    public const int Count = 1000;

    /// <summary>The points with these numbers.</summary>
    public static Spirals At(long[] numbers) => new(
        tensor(numbers.SelectMany(PointOf).ToArray()).view(-1, 2),
        tensor(numbers.Select(number => number % 2).ToArray()));

    /// <summary>The share of points that a model puts on the right spiral.</summary>
    public static double Accuracy(nn.Module<Tensor, Tensor> model)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        var all = At([.. Enumerable.Range(0, Count)]);
        return model.forward(all.Points).argmax(1).eq(all.Arms).to(ScalarType.Float64).mean().item<double>();
    }

    private static float[] PointOf(long number)
    {
        var along = Math.Sqrt((number / 2 + 1) / (Count / 2.0));
        var angle = along * 3 * Math.PI + number % 2 * Math.PI;
        return [(float)(along * Math.Cos(angle)), (float)(along * Math.Sin(angle))];
    }
}
