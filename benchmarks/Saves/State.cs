using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Saves;

/// <summary>The state that everybody saves: twelve weights of one size, as a module.</summary>
internal sealed class State : nn.Module
{
    public const int Tensors = 12;

    public State(long megabytes)
        : base(nameof(State))
    {
        var each = megabytes * 1024 * 1024 / sizeof(float) / Tensors;
        Bytes = each * sizeof(float) * Tensors;
        for (var i = 0; i < Tensors; i++)
            register_parameter($"weight{i}", new Parameter(randn(each)));
    }

    public long Bytes { get; }
}
