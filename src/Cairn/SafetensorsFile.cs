using System.Runtime.CompilerServices;
using Cairn.Checkpoints;
using Cairn.Checkpoints.Reading;
using Cairn.Checkpoints.Safetensors;
using Cairn.Posix;

namespace Cairn;

/// <summary>
/// A safetensors file from anywhere (Python's <c>safetensors.torch.save_file</c>, a model hub, <see cref="Checkpoint.Export"/>): its tensors by
/// their names, to be read or loaded as those of a part of a <see cref="Checkpoint"/>.
/// </summary>
/// <remarks>
/// Nothing that the file says is believed before it was compared with the file's size, and reading it runs no code. It has no hashes: that
/// its bytes are those that somebody meant nobody can tell.
/// </remarks>
/// <example>
/// <code>
/// using var file = SafetensorsFile.Open("pretrained.safetensors");
/// float[] weights = file.ReadArray&lt;float&gt;("encoder.weight");
/// </code>
/// </example>
public sealed class SafetensorsFile : IDisposable
{
    private const int PieceLength = 4 * 1024 * 1024; // whole elements of every type

    private readonly PosixFile file;
    private readonly long length;
    private readonly DateTime changed;
    private readonly Dictionary<string, SafetensorsEntry> entries;

    private SafetensorsFile(string path, PosixFile file)
    {
        Path = path;
        this.file = file;
        changed = File.GetLastWriteTimeUtc(path);
        length = Reading(file.Length);
        var first = new byte[Math.Min(length, sizeof(ulong))];
        Reading(() => file.ReadAt(0, first));
        if (first is [(byte)'P', (byte)'K', 3, 4, ..] or [0x80, _, ..] && !path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw CheckpointCorruptException.OfFile(path, IsPickle(path));
        try
        {
            var header = new byte[SafetensorsHeader.Size(first, length)];
            Reading(() => file.ReadAt(0, header));
            var all = SafetensorsHeader.Parse(header, length);
            entries = all.ToDictionary(entry => entry.Info.Name, StringComparer.Ordinal);
            Tensors = [.. all.Select(entry => entry.Info)];
        }
        catch (SafetensorsFormatException error)
        {
            throw CheckpointCorruptException.OfFile(path, $"it is no sound safetensors file: {error.Message}", error);
        }
    }

    /// <summary>The file, as a full path.</summary>
    public string Path { get; }

    /// <summary>Its tensors, in the order in which they lie in it.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>Opens a file and reads what it says of its tensors. A link is followed.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointCorruptException">It is no sound safetensors file. One of <c>torch.save</c> is none: the message has the line that converts it.</exception>
    /// <exception cref="CheckpointReadException">It can't be read now.</exception>
    public static SafetensorsFile Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = System.IO.Path.GetFullPath(path);
        if (Directory.Exists(path))
            throw new FileNotFoundException($"{path} is a folder, where a safetensors file is meant", path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"there is no file {path}", path);
        PosixFile? opened = null;
        try
        {
            var target = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            using (var directory = PosixDirectory.Open(System.IO.Path.GetDirectoryName(target)!, followLink: true))
                opened = PosixFile.OpenRead(directory, System.IO.Path.GetFileName(target));
            return new SafetensorsFile(path, opened);
        }
        catch (Exception error)
        {
            opened?.Dispose();
            if (error is IOException or UnauthorizedAccessException)
                throw CheckpointReadException.OfFile(path, error);
            throw;
        }
    }

    /// <summary>Reads one tensor's elements, in row-major order.</summary>
    /// <typeparam name="T">A type of the tensor's element size, <c>float</c> for <see cref="DType.Float32"/>.</typeparam>
    /// <param name="tensor">The tensor's name.</param>
    /// <exception cref="ArgumentException">There is no such tensor, or its elements have another size.</exception>
    /// <exception cref="CheckpointCorruptException">The file was changed meanwhile.</exception>
    /// <exception cref="CheckpointReadException">It can't be read now.</exception>
    public T[] ReadArray<T>(string tensor)
        where T : unmanaged
    {
        var info = Find(tensor);
        if (Unsafe.SizeOf<T>() != info.ElementSize)
            throw new ArgumentException($"{info} has elements of {info.ElementSize} bytes, {typeof(T).Name} has {Unsafe.SizeOf<T>()}", nameof(tensor));
        var data = new T[info.ByteCount / info.ElementSize];
        Read([new ArrayTensor<T>(info, data)]);
        return data;
    }

    /// <summary>Loads tensors into tensors that need not have the same names. Nothing is touched unless element types and shapes fit.</summary>
    /// <param name="targets">What takes them, in place.</param>
    /// <param name="savedName">The name in the file of a target's name, or null to leave that target as it is. Default: the same name.</param>
    /// <param name="strict">Whether it is an error when a target is not in the file, or a tensor of it has no target. Default: true.</param>
    /// <returns>What was loaded and what was not.</returns>
    /// <exception cref="CheckpointMismatchException">It does not fit; all differences are listed.</exception>
    /// <exception cref="CheckpointCorruptException">The file was changed meanwhile; targets may be overwritten.</exception>
    /// <exception cref="CheckpointReadException">It can't be read now; targets may be half overwritten.</exception>
    public LoadedTensors Load(IReadOnlyCollection<PartTensor> targets, Func<string, string?>? savedName = null, bool strict = true)
    {
        ArgumentNullException.ThrowIfNull(targets);
        var match = Match(targets, savedName, strict);
        if (match.Differences.Count > 0)
            throw CheckpointMismatchException.OfFile(Path, match.Differences, TensorMatch.Advice);
        Read(match.Wanted);
        return match.Loaded;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();

    /// <summary>The form of a tensor.</summary>
    /// <exception cref="ArgumentException">There is no such tensor.</exception>
    internal TensorInfo Find(string tensor) =>
        entries.TryGetValue(tensor, out var entry)
            ? entry.Info
            : throw new ArgumentException($"{Path} has no tensor '{tensor}'; it has {TensorInfo.Some(Tensors)}", nameof(tensor));

    /// <summary>What goes where, as <see cref="Load"/> does it. Changes nothing.</summary>
    internal TensorMatch Match(IReadOnlyCollection<PartTensor> targets, Func<string, string?>? savedName, bool strict) =>
        TensorMatch.Of(Tensors, "file", string.Empty, targets, savedName, strict);

    /// <summary>Overwrites tensors, whose names and forms are those of the file.</summary>
    internal void Read(IReadOnlyCollection<PartTensor> targets)
    {
        var buffer = new byte[Math.Min(PieceLength, targets.Count == 0 ? 0 : targets.Max(target => target.Info.ByteCount))];
        foreach (var target in targets)
        {
            var (entry, count) = (entries[target.Info.Name], target.Info.ByteCount);
            for (var done = 0L; done < count; done += buffer.Length)
            {
                var (piece, at) = ((int)Math.Min(count - done, buffer.Length), entry.Offset + done);
                Reading(() => file.ReadAt(at, buffer.AsSpan(0, piece)));
                target.CopyFrom(done, buffer.AsSpan(0, piece));
            }
        }

        if (Reading(file.Length) != length || File.GetLastWriteTimeUtc(Path) != changed)
            throw CheckpointCorruptException.OfFile(Path, "it was changed since it was opened, so what was read may be of two files");
    }

    // torch.save pickles; what undoes that runs what the file says.
    private static string IsPickle(string path) =>
        "it is a file of torch.save, a pickle: that is a program, and is not run. Make a safetensors file of it once, in Python: "
        + "python3 -c 'import sys, torch, safetensors.torch as s; s.save_file({k: v.clone().contiguous() for k, v in torch.load(sys.argv[1], map_location=\"cpu\", weights_only=True).items()}, sys.argv[2])' "
        + $"{path} {System.IO.Path.ChangeExtension(path, ".safetensors")}";

    private void Reading(Action read) => Reading(() =>
    {
        read();
        return 0L;
    });

    private long Reading(Func<long> read)
    {
        try
        {
            return read();
        }
        catch (EndOfStreamException error)
        {
            throw CheckpointCorruptException.OfFile(Path, "it became shorter while it was read", error);
        }
        catch (IOException error)
        {
            throw CheckpointReadException.OfFile(Path, error);
        }
    }
}
