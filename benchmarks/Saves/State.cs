using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Saves;

/// <summary>The state that everybody saves: twelve weights of one size, as a module.</summary>
internal sealed class State : nn.Module
{
    public const int Tensors = 12;

    /// <param name="bytes">About how large.</param>
    public State(long bytes)
        : base(nameof(State))
    {
        var each = bytes / sizeof(float) / Tensors;
        Bytes = each * sizeof(float) * Tensors;
        for (var i = 0; i < Tensors; i++)
            register_parameter($"weight{i}", new Parameter(randn(each)));
    }

    public long Bytes { get; }

    /// <summary>What every optimizer step does to the state: it changes all of it, in place.</summary>
    public void Change()
    {
        using var noGradients = no_grad();
        foreach (var weight in parameters())
            weight.add_(1e-3f);
    }

    /// <summary>Where it lies.</summary>
    public IReadOnlyList<(nint Address, long Length)> Places()
    {
        return [.. parameters().Select(weight => (AddressOf(weight), weight.NumberOfElements * weight.ElementSize))];

        static unsafe nint AddressOf(Tensor tensor) => (nint)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
    }
}
