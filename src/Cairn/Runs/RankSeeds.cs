using System.Globalization;
using System.Text.Json;
using Cairn.Posix;

namespace Cairn.Runs;

/// <summary>
/// The seed with which each rank began, kept once for all attempts: <c>CHECKPOINTS/ranks/00003.json</c>. A checkpoint holds rank 0's
/// state alone; a rank that began with another seed draws its random numbers from that seed and the step's number instead.
/// </summary>
/// <param name="folder">The checkpoint folder.</param>
/// <param name="rank">This process's rank.</param>
internal sealed class RankSeeds(string folder, int rank)
{
    private const string SeedName = "seed";
    private readonly string ranks = Path.Combine(folder, "ranks");

    /// <summary>This process's rank.</summary>
    public int Rank => rank;

    /// <summary>The seed of this rank in its first attempt; in the first one that is the one it has now, which is kept.</summary>
    /// <param name="now">The seed that it has now.</param>
    /// <param name="isNew">Whether none was kept before.</param>
    /// <exception cref="CheckpointFolderException">It cannot be kept.</exception>
    public long Take(long now, out bool isNew)
    {
        var kept = Find(rank);
        isNew = kept is null;
        if (kept is null)
            Keep(now);
        return kept ?? now;
    }

    /// <summary>The seed of a rank in its first attempt; null when none is kept, or the file says nothing.</summary>
    public long? Find(int ofRank)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(PathOf(ofRank)));
            return json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty(SeedName, out var seed) && seed.TryGetInt64(out var value) ? value : null;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or JsonException or InvalidOperationException)
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointFolderException(ranks, error);
        }
    }

    // Whole or not at all, and for good: the next attempt must draw the same numbers.
    private void Keep(long seed)
    {
        var (path, temporary) = (PathOf(rank), Path.Combine(ranks, $".{rank}-{Guid.NewGuid():N}"));
        try
        {
            PosixDirectory.CreateAll(ranks);
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                using (var json = new Utf8JsonWriter(file))
                {
                    json.WriteStartObject();
                    json.WriteNumber("rank", rank);
                    json.WriteNumber(SeedName, seed);
                    json.WriteEndObject();
                }

                file.Flush(flushToDisk: true);
            }

            PosixDirectory.Rename(temporary, path);
            PosixDirectory.SyncPath(ranks);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CheckpointFolderException(ranks, error);
        }
    }

    private string PathOf(int ofRank) => Path.Combine(ranks, ofRank.ToString("00000", CultureInfo.InvariantCulture) + ".json");
}
