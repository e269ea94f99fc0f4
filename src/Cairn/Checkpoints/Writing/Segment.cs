using System.Collections.Immutable;
using Cairn.Checkpoints.Safetensors;

namespace Cairn.Checkpoints.Writing;

/// <summary>A payload file from one cut to the next: what is written and hashed by itself, by one writer.</summary>
/// <param name="File">The file's number in the plan.</param>
/// <param name="Offset">Of its first byte in the file.</param>
/// <param name="Length">How many bytes it has; whole blocks of the disk, but for a file's last.</param>
/// <param name="FirstTensor">The number in the file's layout of the first tensor with a piece in it.</param>
/// <param name="Tensors">How many tensors have a piece in it. An empty tensor is in the segment where it begins.</param>
internal sealed record Segment(int File, long Offset, long Length, int FirstTensor, int Tensors)
{
    /// <summary>Behind its last byte.</summary>
    public long End => Offset + Length;

    /// <summary>Cuts files.</summary>
    /// <param name="files">The files of a plan.</param>
    /// <param name="length">How long a segment is.</param>
    /// <returns>All segments, and for each file, and behind the last one, the number of the first of its segments.</returns>
    public static (ImmutableArray<Segment> All, int[] Firsts) Of(ImmutableArray<FilePlan> files, long length)
    {
        var (segments, firsts) = (ImmutableArray.CreateBuilder<Segment>(files.Length), new int[files.Length + 1]);
        for (var i = 0; i < files.Length; i++)
        {
            firsts[i] = segments.Count;
            var (layout, next) = (files[i].Layout, 0);
            for (var start = 0L; start < layout.FileSize; start += length)
            {
                var segment = From(i, layout, start, Math.Min(length, layout.FileSize - start), next);
                segments.Add(segment);

                // The last of them may go on in the next one.
                next = segment.FirstTensor + Math.Max(segment.Tensors - 1, 0);
            }
        }

        firsts[^1] = segments.Count;
        return (segments.DrainToImmutable(), firsts);
    }

    /// <summary>From where to where in the file the piece of a tensor goes.</summary>
    /// <param name="layout">The file's layout.</param>
    /// <param name="number">Which of the segment's tensors, from 0.</param>
    public (long Start, long End) PieceOf(SafetensorsLayout layout, int number)
    {
        var start = layout.Offsets[FirstTensor + number];
        return (Math.Max(start, Offset), Math.Min(start + layout.Tensors[FirstTensor + number].Info.ByteCount, End));
    }

    private static Segment From(int file, SafetensorsLayout layout, long start, long length, int first)
    {
        var (end, count) = (start + length, layout.Tensors.Length);
        while (first < count && IsOver(first))
            first++;
        var last = first;
        while (last < count && (layout.Offsets[last] < end || end == layout.FileSize))
            last++;
        return new Segment(file, start, length, first, last - first);

        bool IsOver(int tensor)
        {
            var bytes = layout.Tensors[tensor].Info.ByteCount;
            return bytes == 0 ? layout.Offsets[tensor] < start : layout.Offsets[tensor] + bytes <= start;
        }
    }
}
