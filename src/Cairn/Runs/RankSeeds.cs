using System.Globalization;
using System.Text.Json;
using Cairn.Attempts;
using Cairn.Posix;

namespace Cairn.Runs;

/// <summary>
/// The seed with which each rank began, kept once for all attempts: <c>CHECKPOINTS/ranks/00003.json</c>. Where ranks do not act together a checkpoint
/// holds rank 0's state alone; a rank that began with another seed draws its random numbers from that seed and the step's number instead.
/// </summary>
/// <param name="folder">The checkpoint folder.</param>
/// <param name="rank">This process's rank.</param>
/// <param name="worldSize">The number of ranks now.</param>
internal sealed class RankSeeds(string folder, int rank, int worldSize)
{
    private const string SeedName = "seed";
    private const string StepName = "step";

    // A shared file system may show a new file a minute late.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private readonly string ranks = Path.Combine(folder, "ranks");

    /// <summary>This process's rank.</summary>
    public int Rank => rank;

    /// <summary>The number of ranks now.</summary>
    public int WorldSize => worldSize;

    /// <summary>The number of ranks of which the checkpoint is; null before the restore, and without a checkpoint.</summary>
    public int? RanksBefore { get; set; }

    /// <summary>How many ranks have a state of their own of the part in that checkpoint; 0 where it has one for all.</summary>
    public int StatesBefore { get; set; }

    /// <summary>Whether each rank's state is saved from now on.</summary>
    public bool AreStatesSaved { get; init; }

    /// <summary>Rank 0's, the run's own: waits until that one has kept it, which it does before it restores.</summary>
    /// <exception cref="FirstRankException">It did not.</exception>
    public long OfRun()
    {
        for (var began = TimeProvider.System.GetTimestamp(); ;)
        {
            if (Find(0) is { } kept)
                return kept.Seed;
            if (TimeProvider.System.GetElapsedTime(began) > Patience)
                throw new FirstRankException($"rank 0 kept no seed in {ranks}: does every rank track the random state, and is the folder on a file system that all nodes share?");
            Thread.Sleep(Interval);
        }
    }

    /// <summary>The seed of a rank, and the step at which it came to a run that was under way; null when none is kept, or the file says nothing.</summary>
    public (long Seed, long Step)? Find(int ofRank)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(PathOf(ofRank)));
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty(SeedName, out var seed) || !seed.TryGetInt64(out var value))
                return null;
            return (value, json.RootElement.TryGetProperty(StepName, out var step) && step.TryGetInt64(out var joined) ? joined : 0);
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

    /// <summary>Keeps this rank's seed, whole or not at all, and for good: the next attempt must draw the same numbers.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="step">The step at which the rank came to a run that was under way; 0 for one that was there from the beginning.</param>
    /// <exception cref="CheckpointFolderException">It cannot be kept.</exception>
    public void Keep(long seed, long step = 0)
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
                    if (step > 0)
                        json.WriteNumber(StepName, step);
                    json.WriteEndObject();
                }

                PosixFile.Sync(file);
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
