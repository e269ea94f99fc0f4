using Cairn.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.optim;

namespace Cairn;

/// <summary>Modules, optimizers and tensors from a checkpoint or a safetensors file, without a run.</summary>
public static class CheckpointExtensions
{
    /// <summary>Loads a module's parameters and persistent buffers in place, on whatever device they are. Nothing is touched unless types and shapes fit.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="part">The part's name in it, for example <c>model</c>.</param>
    /// <param name="module">The module.</param>
    /// <param name="savedName">
    /// The name in the checkpoint of a name in <c>module.state_dict()</c>, or null to leave that tensor as it is (a new head). Default: the same
    /// name.
    /// </param>
    /// <param name="strict">Whether it is an error when a tensor of the module is not in the checkpoint, or one of it is not in the module. Default: true.</param>
    /// <returns>What was loaded and what was not.</returns>
    /// <example>
    /// <code>
    /// using var pretrained = Checkpoint.OpenNewest("pretrained");
    /// pretrained.Load("model", model, name => name.StartsWith("head.") ? null : name, strict: false);
    /// </code>
    /// </example>
    /// <exception cref="ArgumentException">There is no such part.</exception>
    /// <exception cref="CheckpointMismatchException">It does not fit; all differences are listed.</exception>
    /// <exception cref="CheckpointCorruptException">The bytes are not those that were saved; the module may be half overwritten.</exception>
    /// <exception cref="CheckpointReadException">They can't be read now; the module may be half overwritten.</exception>
    public static LoadedTensors Load(this Checkpoint checkpoint, string part, nn.Module module, Func<string, string?>? savedName = null, bool strict = true)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return checkpoint.Load(part, new ModulePart(module).Tensors(), savedName, strict);
    }

    /// <summary>Loads an optimizer's state and options (<see cref="OptimizerPart"/>): all of it, or nothing.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="part">The part's name in it, for example <c>optimizer</c>.</param>
    /// <param name="optimizer">The optimizer, over parameters like those that were saved.</param>
    /// <exception cref="ArgumentException">There is no such part.</exception>
    /// <exception cref="CheckpointMismatchException">It does not fit; all differences are listed.</exception>
    public static void Load(this Checkpoint checkpoint, string part, Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        checkpoint.Load(part, new OptimizerPart(optimizer));
    }

    /// <summary>Reads one tensor into memory of its own, on the CPU.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="part">The part, for example <c>model</c>.</param>
    /// <param name="name">The tensor's name within it, for example <c>0.weight</c>.</param>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    /// <exception cref="CheckpointCorruptException">The bytes are not those that were saved.</exception>
    public static Tensor ReadTensor(this Checkpoint checkpoint, string part, string name)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        var info = checkpoint.Part(part).Tensors.FirstOrDefault(tensor => tensor.Name == name)
            ?? throw new ArgumentException($"part '{part}' of checkpoint {checkpoint.Path} has no tensor '{name}'", nameof(name));
        return Read(info, tensor => checkpoint.Load(part, [tensor], strict: false));
    }

    /// <summary>Loads a module's parameters and persistent buffers in place, on whatever device they are. Nothing is touched unless types and shapes fit.</summary>
    /// <param name="file">The file.</param>
    /// <param name="module">The module.</param>
    /// <param name="savedName">
    /// The name in the file of a name in <c>module.state_dict()</c>, or null to leave that tensor as it is (a new head). Default: the same
    /// name.
    /// </param>
    /// <param name="strict">Whether it is an error when a tensor of the module is not in the file, or one of it is not in the module. Default: true.</param>
    /// <returns>What was loaded and what was not.</returns>
    /// <exception cref="CheckpointMismatchException">It does not fit; all differences are listed.</exception>
    /// <exception cref="CheckpointCorruptException">The file was changed meanwhile; the module may be overwritten.</exception>
    /// <exception cref="CheckpointReadException">It can't be read now; the module may be half overwritten.</exception>
    public static LoadedTensors Load(this SafetensorsFile file, nn.Module module, Func<string, string?>? savedName = null, bool strict = true)
    {
        ArgumentNullException.ThrowIfNull(file);
        return file.Load(new ModulePart(module).Tensors(), savedName, strict);
    }

    /// <summary>Reads one tensor into memory of its own, on the CPU.</summary>
    /// <param name="file">The file.</param>
    /// <param name="name">The tensor's name, for example <c>0.weight</c>.</param>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    /// <exception cref="CheckpointReadException">It can't be read now.</exception>
    public static Tensor ReadTensor(this SafetensorsFile file, string name)
    {
        ArgumentNullException.ThrowIfNull(file);
        var info = file.Tensors.FirstOrDefault(tensor => tensor.Name == name)
            ?? throw new ArgumentException($"{file.Path} has no tensor '{name}'", nameof(name));
        return Read(info, tensor => file.Load([tensor], strict: false));
    }

    private static Tensor Read(TensorInfo info, Action<LiveTensor> load)
    {
        var tensor = empty([.. info.Shape], dtype: TorchDType.Of(info.DType));
        try
        {
            load(new LiveTensor(info.Name, tensor));
            return tensor;
        }
        catch
        {
            tensor.Dispose();
            throw;
        }
    }
}
