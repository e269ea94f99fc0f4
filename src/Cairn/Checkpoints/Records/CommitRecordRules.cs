using System.Collections.Immutable;
using Cairn.Checkpoints.Safetensors;
using Cairn.Checkpoints.Shares;
using Cairn.Posix;

namespace Cairn.Checkpoints.Records;

/// <summary>What must be true of a record by itself, whatever is on the disk beside it.</summary>
internal static class CommitRecordRules
{
    // The format's own limit, and the length before it: nobody is made to take memory for more.
    private const long LongestHeader = SafetensorsHeader.MaximumLength + sizeof(ulong);

    /// <exception cref="InvalidCommitRecordException">A rule is broken.</exception>
    public static void Check(CommitRecord record)
    {
        Require(record is { Step: >= 0, Attempt: >= 0, WorldSize: >= 1 }, "step, attempt or world size is out of range");
        Require(record.Segment >= AlignedMemory.Block && (record.Format == 1 || record.Segment % AlignedMemory.Block == 0), $"files can't be cut every {record.Segment} bytes");
        CheckFiles(record.Files);
        CheckParts(record.Parts);

        var tensors = record.Parts.SelectMany(part => part.Tensors).ToLookup(tensor => tensor.File, StringComparer.Ordinal);
        foreach (var file in record.Files)
            CheckTensors(file, tensors[file.Name], record.Segment);
        foreach (var name in tensors.Select(group => group.Key).Except(record.Files.Select(file => file.Name)))
            Require(false, $"tensors are in '{name}', which is not among the files");
    }

    private static void CheckFiles(ImmutableArray<RecordedFile> files)
    {
        Require(AreUnique(files.Select(file => file.Name)), "a file is named twice");
        foreach (var file in files)
        {
            Require(FileNames.IsPlain(file.Name), $"the file name '{file.Name}' leads out of the folder, or is no plain name");
            Require(file.HeaderSize >= 0 && file.HeaderSize <= Math.Min(file.Size, LongestHeader), $"the sizes of '{file.Name}' are impossible");
        }
    }

    private static void CheckParts(ImmutableArray<RecordedPart> parts)
    {
        Require(AreUnique(parts.Select(part => part.Name)), "a part is named twice");
        foreach (var part in parts)
        {
            Require(AreUnique(part.Tensors.Select(tensor => tensor.Name)), $"a tensor of '{part.Name}' is named twice");
            Require(part.Ranks == 0 || HasOneOfEach(part), $"the tensors of '{part.Name}' are not one for each of {part.Ranks} ranks");
            foreach (var tensor in part.Tensors)
            {
                foreach (var size in tensor.Shape)
                    Require(size >= 0, $"the shape of '{tensor.Name}' is impossible");
            }
        }
    }

    private static bool HasOneOfEach(RecordedPart part)
    {
        if (part.Ranks != part.Tensors.Length)
            return false;
        for (var rank = 0; rank < part.Ranks; rank++)
        {
            if (part.Tensors[rank] is not { DType: DType.UInt8, Shape: [<= RankState.MaximumLength] } tensor || tensor.Name != RankState.TensorName(rank))
                return false;
        }

        return true;
    }

    // Without gaps from the header to the end: then no offset and no length can point outside of the file.
    private static void CheckTensors(RecordedFile file, IEnumerable<RecordedTensor> tensors, long segment)
    {
        var inOrder = tensors.ToList();
        inOrder.Sort((one, other) => one.Offset != other.Offset ? one.Offset.CompareTo(other.Offset) : one.Info.ByteCount.CompareTo(other.Info.ByteCount));
        var end = (long)file.HeaderSize;
        foreach (var tensor in inOrder)
        {
            Require(tensor.Offset == end, $"tensor '{tensor.Name}' begins at {tensor.Offset} of '{file.Name}', the one before it ends at {end}");
            end = checked(end + tensor.Info.ByteCount);
            Require(
                FormatLimits.PiecesOf(tensor.Offset, tensor.Info.ByteCount, segment) == 1L + tensor.MoreHashes.Length,
                $"tensor '{tensor.Name}' has {1L + tensor.MoreHashes.Length} hashes, which are not one for each segment of '{file.Name}' that it is in");
        }

        Require(end == file.Size, $"the tensors of '{file.Name}' end at {end}, the file at {file.Size}");
    }

    private static bool AreUnique(IEnumerable<string> names)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return names.All(seen.Add);
    }

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
            throw new InvalidCommitRecordException($"it is not sound: {otherwise}");
    }
}
