using Cairn;
using Saves.Competitors;
using Saves.Limits;
using Saves.Measuring;

namespace Saves.Sections;

/// <summary>How stall and durable time grow with the state: what every save costs, and what every byte costs.</summary>
internal static class SizesSection
{
    private const long Smallest = 64 * Settings.Megabyte;
    private const long Largest = 4096 * Settings.Megabyte;

    // Two checkpoints that are kept and one in the making, in each mode; the bare loop's files; one to spare.
    private const int FilesAtOnce = 9;

    public static IEnumerable<Section> Measure(Settings settings)
    {
        var points = new Dictionary<string, List<(double Bytes, double Seconds)>>(StringComparer.Ordinal);
        var leftOut = new List<string>();
        for (var size = Smallest; size <= Math.Min(settings.Size ?? Largest, Largest); size *= 2)
        {
            // The state and the staged copy.
            if (Machine.LacksRoom(settings.Folder, (2 * size) + MemoryCopy.Needs(size), FilesAtOnce * size) is { } reason)
            {
                leftOut.Add($"{size / Settings.Megabyte} MiB was left out: {reason}");
                continue;
            }

            var section = MeasureOne(settings, size);
            foreach (var series in section.Series)
            {
                points.TryAdd(series.Name, []);
                points[series.Name].Add((series.Bytes!.Value, series.Median));
            }

            yield return section;
        }

        if (points.Count > 0 && points.First().Value.Count > 2)
            yield return new Section("Time over size", null) { Lines = [.. points.Select(one => Line.Fit(one.Key, one.Value))], Notes = leftOut };
    }

    private static Section MeasureOne(Settings settings, long size)
    {
        using var folder = settings.NewFolder();
        using var state = new State(size);
        using var copy = new MemoryCopy(state.Bytes);
        using var write = new BareWrite(folder.Path, state.Bytes, copy.Memory);
        using var synchronous = new CairnSave(state, folder.Path, SaveMode.Synchronous);
        using var asynchronous = new CairnSave(state, folder.Path, SaveMode.Asynchronous);
        var rounds = new Rounds(folder.Path, settings.Rounds, warmUp: 1);
        TimedSave[] saves = [new(synchronous, state.Bytes, rounds), new(asynchronous, state.Bytes, rounds)];
        var limits = new TimedLimits(state, copy, write, rounds);
        rounds.Run([.. saves.Select(save => (Action)save.Take), limits.Take]);
        return new Section($"Size {state.Bytes / 1e6:0} MB", rounds)
        {
            Series = [saves[1].Stall, saves[0].Durable, saves[1].Durable, .. limits.All],
            Ratios =
            [
                Ratio.Of("stall: asynchronous / copy of the state by 1 thread", saves[1].Stall, limits.CopyByOne),
                .. saves.Select(save => Ratio.Of($"durable: bare loop / {save.Name}", limits.WriteNew, save.Durable)),
            ],
        };
    }
}
