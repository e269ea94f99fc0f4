using System.Collections.Immutable;
using Cairn.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace Cairn;

/// <summary>A generator of random numbers of torch's that is not the default one (<c>new torch.Generator(seed)</c>), exactly.</summary>
public sealed class GeneratorPart : ICheckpointPart, IMayDifferByRank
{
    private const string GeneratorName = "generator";

    private readonly Generator generator;

    /// <summary>Makes a part of a generator.</summary>
    /// <exception cref="UntrackableStateException">It is on another device than the CPU: TorchSharp cannot read it there.</exception>
    public GeneratorPart(Generator generator)
    {
        ArgumentNullException.ThrowIfNull(generator);
        if (generator.device.type != DeviceType.CPU)
            throw new UntrackableStateException($"a generator on {generator.device} can't be tracked: TorchSharp gives its state to nobody. Draw from the default generator and track that (TrackRandomState), or from a generator on the CPU");
        this.generator = generator;
    }

    /// <inheritdoc/>
    public PartState Describe() => new() { Tensors = [PartTensor.Of(GeneratorName, DType.UInt8, Read())] };

    /// <inheritdoc/>
    public IEnumerable<string> FindDifferences(PartRecord saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        // Torch ends the whole process when it is given a state of another size.
        return saved.DifferencesFrom([new TensorInfo(GeneratorName, DType.UInt8, ImmutableArray.Create((long)Read().Length))]);
    }

    /// <inheritdoc/>
    public void Restore(PartReader saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        using var state = tensor(saved.ReadBytes(GeneratorName), dtype: ScalarType.Byte);
        generator.set_state(state);
    }

    private byte[] Read()
    {
        using var state = generator.get_state();
        return state.bytes.ToArray();
    }
}
