namespace Cairn.Checkpoints;

/// <summary>One live tensor of a part: described, and its bytes reachable in pieces, wherever they are (host or device).</summary>
/// <remarks>
/// The bytes are the elements in row-major order, little-endian, without gaps. The store calls from one thread at a time,
/// with pieces that begin and end at whole elements, and only between two steps. What <see cref="Pin"/> gives it uses by
/// several threads.
/// </remarks>
public abstract class PartTensor
{
    /// <summary>Describes a tensor.</summary>
    protected PartTensor(TensorInfo info)
    {
        ArgumentNullException.ThrowIfNull(info);
        Info = info;
    }

    /// <summary>Name, element type and shape.</summary>
    public TensorInfo Info { get; }

    /// <summary>
    /// Whether training probably does not change this tensor: a guess for the first save, which then need not find it out. Tensors
    /// that did not change between saves lie in a file of their own, <c>PART.frozen.safetensors</c>, which is not written again as
    /// long as it stays the same. Default: false.
    /// </summary>
    public bool Frozen { get; init; }

    /// <summary>
    /// Whether nothing but the optimizer's step changes this tensor: parameters and the optimizer's own state, but not, say, a
    /// running mean that the forward pass updates. With <see cref="SaveMode.Overlapped"/> such tensors are copied while the next
    /// forward and backward pass run, if <see cref="Pin"/> tells where they are. Default: false.
    /// </summary>
    public bool ChangesOnlyInOptimizerStep { get; init; }

    /// <summary>
    /// Whether several ranks may have different bytes here, of which rank 0's count: a running mean that the forward pass of each rank
    /// updates by what it has seen, say. Rank 0 writes such tensors, whoever writes the rest, and <see cref="TrainingRunOptions.CheckReplicas"/>
    /// does not compare them. Default: false.
    /// </summary>
    public bool OfFirstRank { get; init; }

    /// <summary>The device that copies it to the host by itself; null, the default, where there is none such.</summary>
    internal virtual Device? Device => null;

    /// <summary>
    /// Keeps the tensor's bytes in place and says where they are, if they lie in host memory without gaps: they are copied
    /// several times as fast then.
    /// </summary>
    /// <returns>Null, the default, where they don't; then <see cref="CopyTo"/> and <see cref="CopyFrom"/> do it.</returns>
    public virtual PinnedBytes? Pin() => null;

    /// <summary>As <see cref="Pin"/>, but believes no length.</summary>
    /// <exception cref="InvalidOperationException">It tells of more or fewer bytes than the tensor has.</exception>
    internal PinnedBytes? PinWhole()
    {
        var bytes = Pin();
        if (bytes is null || bytes.Length == Info.ByteCount)
            return bytes;
        bytes.Dispose();
        throw new InvalidOperationException($"{GetType().Name}.Pin() of tensor {Info} tells of {bytes.Length} bytes, but it has {Info.ByteCount}: it must tell of all of them, or return null");
    }

    /// <summary>Copies bytes of the tensor into memory that the store gives.</summary>
    /// <param name="offset">The first byte, counted from the tensor's beginning.</param>
    /// <param name="destination">Where to; its length says how many.</param>
    public abstract void CopyTo(long offset, Span<byte> destination);

    /// <summary>Overwrites bytes of the tensor, in place.</summary>
    /// <param name="offset">The first byte, counted from the tensor's beginning.</param>
    /// <param name="source">The new bytes.</param>
    public abstract void CopyFrom(long offset, ReadOnlySpan<byte> source);

    /// <summary>A tensor over an array of one's own.</summary>
    /// <typeparam name="T">An unmanaged type of the size that <paramref name="dtype"/> says.</typeparam>
    /// <param name="name">The tensor's name, unique within its part.</param>
    /// <param name="dtype">The element type to record.</param>
    /// <param name="data">The elements; read at a save, overwritten at a restore.</param>
    /// <param name="shape">The shape; one dimension of the array's length when left out.</param>
    /// <exception cref="ArgumentException">The array's size in bytes is not what element type and shape need.</exception>
    public static PartTensor Of<T>(string name, DType dtype, T[] data, params long[] shape)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        return new ArrayTensor<T>(new TensorInfo(name, dtype, shape is { Length: > 0 } ? [.. shape] : [data.LongLength]), data);
    }
}
