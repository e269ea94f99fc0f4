using System.Collections.Immutable;
using Cairn.Checkpoints.Records;

namespace Cairn.Checkpoints.Writing;

/// <summary>A commit record of which all is known but the hashes.</summary>
/// <param name="Plan">What is saved.</param>
/// <param name="Step">How many steps were completed.</param>
/// <param name="Origin">Who saves.</param>
/// <param name="Metadata">What to note.</param>
internal sealed record PlannedRecord(SavePlan Plan, long Step, CheckpointOrigin Origin, IReadOnlyDictionary<string, PartValue> Metadata)
{
    /// <summary>When the save began.</summary>
    public required DateTimeOffset SavedAt { get; init; }

    /// <summary>The record.</summary>
    /// <param name="hashes">The hashes of the pieces in each segment of the plan.</param>
    public CommitRecord With(IReadOnlyList<ContentHash[]> hashes) => new()
    {
        Format = Plan.SegmentLength == FormatLimits.Uncut ? 1 : CommitRecord.CurrentFormat,
        Segment = Plan.SegmentLength,
        Step = Step,
        Attempt = Origin.Attempt,
        Job = Origin.Job,
        WorldSize = Origin.WorldSize,
        SavedAt = SavedAt,
        Cairn = CairnVersion.Text,
        Metadata = Metadata,
        Conditions = Plan.Conditions,
        Files = [.. Plan.Files.Select(FileOf)],
        Parts = PartsOf(Plan, hashes),
    };

    private static RecordedFile FileOf(FilePlan plan) => new()
    {
        Name = plan.Name,
        Size = plan.Layout.FileSize,
        HeaderSize = plan.Layout.Header.Length,
        HeaderHash = plan.Layout.HeaderHash,
    };

    private static ImmutableArray<RecordedPart> PartsOf(SavePlan plan, IReadOnlyList<ContentHash[]> hashes)
    {
        var parts = ImmutableArray.CreateBuilder<RecordedPart>(plan.Parts.Length);
        foreach (var (name, state) in plan.Parts)
        {
            var tensors = ImmutableArray.CreateBuilder<RecordedTensor>(state.Tensors.Count);
            for (var i = 0; i < plan.Files.Length; i++)
            {
                if (plan.Files[i].Part == name)
                    Add(tensors, plan, i, hashes);
            }

            parts.Add(new RecordedPart { Name = name, Values = state.Values, Tensors = tensors.DrainToImmutable() });
        }

        return parts.DrainToImmutable();
    }

    private static void Add(ImmutableArray<RecordedTensor>.Builder tensors, SavePlan plan, int file, IReadOnlyList<ContentHash[]> hashes)
    {
        var (layout, next) = (plan.Files[file].Layout, 0);
        for (var number = plan.FirstSegmentOf(file); number < plan.FirstSegmentOf(file + 1); number++)
        {
            var segment = plan.Segments[number];
            for (var i = 0; i < segment.Tensors; i++)
            {
                if (segment.FirstTensor + i < next)
                {
                    // It began in an earlier segment.
                    tensors[^1] = tensors[^1] with { MoreHashes = [.. tensors[^1].MoreHashes, hashes[number][i]] };
                    continue;
                }

                var info = layout.Tensors[next].Info;
                tensors.Add(new RecordedTensor
                {
                    Name = info.Name,
                    File = plan.Files[file].Name,
                    DType = info.DType,
                    Shape = info.Shape,
                    Offset = layout.Offsets[next],
                    Hash = hashes[number][i],
                });
                next++;
            }
        }
    }
}
