using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace TorchTrainer;

/// <summary>
/// Small, but with everything that makes exact resuming hard: dropout, running statistics, a frozen layer, and a layer that takes
/// part in every third step only.
/// </summary>
internal sealed class SmallModel : Module<Tensor, bool, Tensor>
{
    private readonly Linear first;
    private readonly BatchNorm1d norm;
    private readonly Dropout dropout;
    private readonly Linear detour;
    private readonly Linear frozen;
    private readonly Linear last;

    public SmallModel()
        : base(nameof(SmallModel))
    {
        first = Linear(Samples.Features, 8);
        norm = BatchNorm1d(8);
        dropout = Dropout(0.3);
        detour = Linear(8, 8);
        frozen = Linear(8, 8, hasBias: false);
        last = Linear(8, 1);
        RegisterComponents();
        foreach (var parameter in frozen.parameters())
            parameter.requires_grad = false;
    }

    public IEnumerable<Parameter> Trainable => parameters().Where(parameter => parameter.requires_grad);

    public override Tensor forward(Tensor input, bool takesDetour)
    {
        var hidden = dropout.forward(norm.forward(first.forward(input)).tanh());
        if (takesDetour)
            hidden = hidden + detour.forward(hidden);
        return last.forward(frozen.forward(hidden).tanh());
    }
}
