using Cairn.Checkpoints;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cairn.Tests.Checkpoints;

/// <summary>Short forms for what nearly every test of the store does.</summary>
internal static class Stores
{
    public static readonly IReadOnlyDictionary<string, PartValue> NoMetadata = new Dictionary<string, PartValue>();

    public static CheckpointStore At(string directory, TimeProvider? time = null) => new(directory, NullLogger.Instance, time ?? TimeProvider.System);

    public static CheckpointOrigin Attempt(int number) => new(number, "4711_2", 1);

    /// <summary>Saves the test model of the step's number.</summary>
    public static SavedCheckpoint SaveModel(this CheckpointStore store, long step, int attempt = 1, IReadOnlyDictionary<string, PartValue>? metadata = null) =>
        store.Save(step, TestPart.OnlyModel(step), Attempt(attempt), metadata ?? NoMetadata).Wait();

    /// <summary>The names in a folder, hidden ones too, sorted.</summary>
    public static string[] Names(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}
