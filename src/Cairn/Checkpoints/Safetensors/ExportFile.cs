using Microsoft.Win32.SafeHandles;

namespace Cairn.Checkpoints.Safetensors;

/// <summary>One safetensors file of its own: written beside its name, synced, and renamed.</summary>
internal static class ExportFile
{
    /// <param name="path">The file; one of this name is replaced.</param>
    /// <param name="tensors">What is to be in it.</param>
    /// <param name="read">Fills such tensors.</param>
    public static void Write(string path, IReadOnlyList<TensorInfo> tensors, Action<IReadOnlyCollection<PartTensor>> read)
    {
        var temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                var layout = SafetensorsLayout.For([.. tensors.Select(info => new Place(info, file))]);
                RandomAccess.Write(file, layout.Header, 0);
                for (var i = 0; i < layout.Tensors.Length; i++)
                    ((Place)layout.Tensors[i]).Offset = layout.Offsets[i];
                read(layout.Tensors);
                RandomAccess.FlushToDisk(file);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    // A tensor whose bytes belong into a file, as they are read.
    private sealed class Place(TensorInfo info, SafeFileHandle file) : PartTensor(info)
    {
        public long Offset { get; set; }

        public override void CopyTo(long offset, Span<byte> destination) => throw new NotSupportedException();

        public override void CopyFrom(long offset, ReadOnlySpan<byte> source) => RandomAccess.Write(file, source, Offset + offset);
    }
}
