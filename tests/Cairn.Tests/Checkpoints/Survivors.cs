using Cairn.Checkpoints;

namespace Cairn.Tests.Checkpoints;

/// <summary>What has to be there when a program that saves after every step, and keeps two, has come to a sudden end.</summary>
internal static class Survivors
{
    /// <summary>Checks every checkpoint to the last byte.</summary>
    /// <param name="store">The folder.</param>
    /// <param name="durable">The newest step that is known to be durable; 0 when none is.</param>
    /// <param name="death">How it ended, for the message.</param>
    /// <returns>The newest step that is there: that one or the next.</returns>
    public static long Check(CheckpointStore store, long durable, string death)
    {
        var there = store.List();
        Assert.All(there, checkpoint => Assert.True(checkpoint.Verify() is [], $"{death}: checkpoint {checkpoint.Step} is not valid: {string.Join("; ", checkpoint.Verify())}"));
        var newest = there is [var entry, ..] ? entry.Step : 0;
        Assert.True(newest == durable || newest == durable + 1, $"{death}: {durable} was durable, but {newest} is the newest");
        Assert.True(newest < 2 || there.Any(checkpoint => checkpoint.Step == newest - 1), $"{death}: the checkpoint before {newest} is gone");
        return newest;
    }

    /// <summary>What only a writer that is dead, or still writes, leaves.</summary>
    public static string[] Leftovers(string directory) =>
        Directory.Exists(directory) ? [.. Stores.Names(directory).Where(name => name.StartsWith('.'))] : [];
}
