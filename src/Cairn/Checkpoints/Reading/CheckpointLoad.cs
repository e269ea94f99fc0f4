using Cairn.Checkpoints.Records;
using Cairn.Checkpoints.Shares;

namespace Cairn.Checkpoints.Reading;

/// <summary>Puts one checked checkpoint into the parts of a program.</summary>
internal static class CheckpointLoad
{
    /// <summary>Lists every difference between what a checkpoint has and what the parts could take. Changes nothing.</summary>
    /// <param name="checkpoint">The checkpoint, its files checked.</param>
    /// <param name="parts">The parts by name.</param>
    /// <param name="optional">Names of parts that may be missing on either side.</param>
    public static IReadOnlyList<string> FindDifferences(OpenCheckpoint checkpoint, IReadOnlyDictionary<string, ICheckpointPart> parts, IReadOnlyCollection<string> optional)
    {
        var saved = checkpoint.Record.Parts.ToDictionary(part => part.Name, StringComparer.Ordinal);
        var differences = new List<string>();
        foreach (var (name, part) in parts)
        {
            if (saved.Remove(name, out var recorded))
                differences.AddRange(FindDifferences(checkpoint, recorded, part).Select(difference => $"{name}: {difference}"));
            else if (!optional.Contains(name))
                differences.Add($"{name}: is not in the checkpoint");
        }

        differences.AddRange(saved.Keys.Where(name => !optional.Contains(name)).Select(name => $"{name}: is in the checkpoint, but not in the program"));
        return differences;
    }

    /// <summary>Overwrites the parts' state, in the order in which they were tracked. What the checkpoint does not have stays as it is.</summary>
    /// <exception cref="CheckpointCorruptException">Some bytes are not those that were saved; parts may be half overwritten.</exception>
    /// <exception cref="CheckpointReadException">Some bytes cannot be read just now; parts may be half overwritten.</exception>
    public static void Restore(OpenCheckpoint checkpoint, IReadOnlyDictionary<string, ICheckpointPart> parts)
    {
        var saved = checkpoint.Record.Parts.ToDictionary(part => part.Name, StringComparer.Ordinal);
        foreach (var (name, part) in parts)
        {
            if (saved.TryGetValue(name, out var recorded))
                Restore(checkpoint, recorded, part);
        }
    }

    /// <summary>The same for one part.</summary>
    public static IEnumerable<string> FindDifferences(OpenCheckpoint checkpoint, RecordedPart saved, ICheckpointPart part) => part switch
    {
        PerRankPart own => own.FindDifferences(new SavedRanks(checkpoint, saved)),
        _ when saved.Ranks > 0 => [$"each of {saved.Ranks} ranks has saved a state of its own of it, and here it is a part that is the same on all: track it by TrackPerRank"],
        _ => part.FindDifferences(saved.ToPartRecord()),
    };

    /// <summary>Overwrites one part's state.</summary>
    /// <exception cref="CheckpointCorruptException">The bytes are not those that were saved; the part may be half overwritten.</exception>
    /// <exception cref="CheckpointReadException">The bytes cannot be read just now; the part may be half overwritten.</exception>
    public static void Restore(OpenCheckpoint checkpoint, RecordedPart saved, ICheckpointPart part)
    {
        if (part is PerRankPart own && (saved.Ranks > 0 || own.Size > 1))
            own.Restore(new SavedRanks(checkpoint, saved));
        else
            Restore(checkpoint, saved.ToPartRecord(), part);
    }

    /// <summary>Overwrites some tensors of a part.</summary>
    /// <exception cref="ArgumentException">A target is not what the checkpoint has.</exception>
    /// <exception cref="CheckpointCorruptException">Some bytes are not those that were saved; targets may be half overwritten.</exception>
    /// <exception cref="CheckpointReadException">Some bytes cannot be read just now; targets may be half overwritten.</exception>
    public static void Read(OpenCheckpoint checkpoint, string part, IReadOnlyCollection<PartTensor> targets) =>
        Fill(checkpoint, part, TensorsOf(checkpoint, part), targets);

    /// <summary>Overwrites one part's state.</summary>
    /// <exception cref="CheckpointCorruptException">Some bytes are not those that were saved; the part may be half overwritten.</exception>
    /// <exception cref="CheckpointReadException">Some bytes cannot be read just now; the part may be half overwritten.</exception>
    public static void Restore(OpenCheckpoint checkpoint, PartRecord saved, ICheckpointPart part)
    {
        var tensors = TensorsOf(checkpoint, saved.Name);
        CairnException? failure = null;
        part.Restore(new PartReader(saved, targets =>
        {
            try
            {
                Fill(checkpoint, saved.Name, tensors, targets);
            }
            catch (CairnException e) when (e is CheckpointCorruptException or CheckpointReadException)
            {
                failure = e;
                throw;
            }
        }));

        // A part that catches the error must not make a broken checkpoint look like a good one.
        if (failure is not null)
            throw failure;
    }

    private static Dictionary<string, RecordedTensor> TensorsOf(OpenCheckpoint checkpoint, string part) =>
        checkpoint.Record.Parts.First(one => one.Name == part).Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);

    private static void Fill(OpenCheckpoint checkpoint, string part, Dictionary<string, RecordedTensor> tensors, IReadOnlyCollection<PartTensor> targets)
    {
        var wanted = targets.Select(target => new Wanted(Find(target), target)).ToList();
        wanted.Sort((one, other) => string.CompareOrdinal(one.Tensor.File, other.Tensor.File) is not 0 and var order ? order : one.Tensor.Offset.CompareTo(other.Tensor.Offset));
        var reads = new List<TensorRead>();
        try
        {
            var others = new List<Wanted>();
            foreach (var one in wanted)
            {
                if (one.Target.PinWhole() is { } bytes)
                    reads.AddRange(TensorRead.Of(one.Tensor, checkpoint.Record.Segment, bytes));
                else
                    others.Add(one);
            }

            checkpoint.Read(reads);

            // Memory of another kind may know the thread that made it.
            foreach (var (tensor, target) in others)
                checkpoint.Read(tensor, target);
        }
        finally
        {
            foreach (var read in reads)
                read.Target!.Dispose();
        }

        RecordedTensor Find(PartTensor target) => tensors.TryGetValue(target.Info.Name, out var tensor) && tensor.Info.Equals(target.Info)
            ? tensor
            : throw new ArgumentException($"part '{part}' asks for {target.Info}, which is not what the checkpoint has", nameof(targets));
    }

    private sealed record Wanted(RecordedTensor Tensor, PartTensor Target);
}
