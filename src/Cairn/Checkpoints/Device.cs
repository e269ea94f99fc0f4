namespace Cairn.Checkpoints;

/// <summary>Where tensors lie whose bytes come to the host by copies that the device does by itself, many at once, while the host does something else.</summary>
internal abstract class Device
{
    /// <summary>Begins copies. Called on the program's own thread, between two steps.</summary>
    /// <returns>Returns when all of them are there, and throws where they will not be; on any thread, once.</returns>
    public abstract Action Begin(IReadOnlyList<DeviceCopy> copies);
}

/// <summary>Bytes of a tensor on a device, and where on the host they go.</summary>
/// <param name="Tensor">The tensor, whose <see cref="PartTensor.Device"/> copies it.</param>
/// <param name="Offset">The first byte, counted from the tensor's beginning.</param>
/// <param name="To">The host's memory, which stays until they are there.</param>
/// <param name="Count">How many.</param>
internal readonly record struct DeviceCopy(PartTensor Tensor, long Offset, nint To, long Count);
