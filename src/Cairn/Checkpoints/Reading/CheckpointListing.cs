namespace Cairn.Checkpoints.Reading;

/// <summary>The checkpoints in a directory by their names.</summary>
internal static class CheckpointListing
{
    /// <summary>The newest first, without reading them; none when there is no such directory.</summary>
    /// <exception cref="CheckpointReadException">The directory is there, but can't be listed.</exception>
    public static IReadOnlyList<CheckpointEntry> Of(string directory)
    {
        try
        {
            var entries = new List<CheckpointEntry>();
            foreach (var path in Directory.EnumerateFileSystemEntries(directory))
            {
                if (CheckpointNames.StepOf(Path.GetFileName(path)) is { } step)
                    entries.Add(new CheckpointEntry(step, path));
            }

            entries.Sort((one, other) => other.Step.CompareTo(one.Step));
            return entries;
        }
        catch (DirectoryNotFoundException) when (!Path.Exists(directory))
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CheckpointReadException.OfFolder(directory, e);
        }
    }

    /// <summary>The highest number of an attempt that saved one of the checkpoints; 0 when there is none. One whose record cannot be read does not count.</summary>
    /// <exception cref="CheckpointReadException">The directory is there, but can't be listed.</exception>
    public static int NewestSaver(string directory)
    {
        var newest = 0;
        foreach (var entry in Of(directory))
        {
            try
            {
                newest = Math.Max(newest, OpenCheckpoint.ReadId(entry).Attempt);
            }
            catch (Exception error) when (error is CheckpointCorruptException or CheckpointReadException)
            {
                // What is wrong with it is said where it is passed over, or refuses the start.
            }
        }

        return newest;
    }
}
