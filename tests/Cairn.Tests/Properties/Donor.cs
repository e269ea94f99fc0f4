using Cairn.Checkpoints;
using Cairn.Tests.Checkpoints;

namespace Cairn.Tests.Properties;

/// <summary>Checkpoints of the same program in another folder, for people who copy them.</summary>
internal static class Donor
{
    public static readonly IReadOnlyList<int> Steps = [3, 8, 11];

    /// <summary>Makes them.</summary>
    public static void Make(string folder)
    {
        var store = Stores.At(folder);
        foreach (var step in Steps)
            store.Save(step, TrainedState.At(step, variant: 0).Parts, new CheckpointOrigin(1, null, 1), Stores.NoMetadata).Wait();
        store.Dispose();
    }
}
