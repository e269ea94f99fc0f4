using static TorchSharp.torch;

namespace TorchTrainer;

/// <summary>A data set that is the same everywhere: no random numbers are drawn for it.</summary>
internal static class Samples
{
    public const int Count = 24;
    public const int Features = 6;

    public static readonly Tensor Inputs = Make();
    public static readonly Tensor Targets = Inputs.sum(1, keepdim: true).tanh().DetachFromDisposeScope();

    private static Tensor Make()
    {
        using var scope = NewDisposeScope();
        return (arange(Count * Features, dtype: ScalarType.Float32).reshape(Count, Features) * 0.37).sin().DetachFromDisposeScope();
    }
}
