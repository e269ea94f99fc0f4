using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Grokking;

/// <summary>One layer of a transformer over the two summands, and a linear read-out of their sum.</summary>
internal sealed class AdditionModel : Module<Tensor, Tensor>
{
    private readonly Embedding number;
    private readonly Parameter place;
    private readonly TransformerEncoderLayer layer;
    private readonly Linear readOut;

    public AdditionModel(int modulus, int width, int heads, double dropout)
        : base(nameof(AdditionModel))
    {
        number = Embedding(modulus, width);
        place = Parameter(randn(2, 1, width) * 0.02f);
        layer = TransformerEncoderLayer(width, heads, dim_feedforward: 4 * width, dropout: dropout);
        readOut = Linear(width, modulus);
        RegisterComponents();
    }

    /// <summary>Scores for each possible sum.</summary>
    /// <param name="pairs">The summands: int64 [batch, 2].</param>
    /// <returns>float32 [batch, modulus].</returns>
    public override Tensor forward(Tensor pairs)
    {
        var sequence = number.forward(pairs.t()) + place; // [2, batch, width]
        return readOut.forward(layer.call(sequence).mean([0]));
    }
}
