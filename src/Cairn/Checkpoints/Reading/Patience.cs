using Microsoft.Extensions.Logging;

namespace Cairn.Checkpoints.Reading;

/// <summary>What a file system does not give just now it may give in a moment: asked again, with growing pauses, and not for ever.</summary>
internal static class Patience
{
    /// <summary>For so long altogether.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.1), Longest = TimeSpan.FromSeconds(2);

    /// <summary>Reads something, or makes it.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="log">Told when it is tried again.</param>
    /// <param name="read">Reads it.</param>
    /// <param name="atMost">For so long. Default: <see cref="Limit"/>.</param>
    /// <exception cref="CheckpointReadException">It still cannot be read.</exception>
    /// <exception cref="CheckpointFolderException">It still cannot be used, or never will be.</exception>
    public static T Read<T>(TimeProvider time, ILogger log, Func<T> read, TimeSpan? atMost = null)
    {
        var (began, pause, limit) = (time.GetTimestamp(), First, atMost ?? Limit);
        while (true)
        {
            try
            {
                return read();
            }
            catch (CheckpointReadException error) when (time.GetElapsedTime(began) < limit)
            {
                if (pause == First)
                    log.LogWarning(LogEvents.ReadAgain, "{File} can't be read now: {Problem}; tried again for {Limit}", error.Path, error.Problem, Duration.Words(limit));
            }
            catch (CheckpointFolderException error) when (error.MayPass && time.GetElapsedTime(began) < limit)
            {
                if (pause == First)
                    log.LogWarning(LogEvents.UseAgain, "{Folder} can't be used now: {Problem}; tried again for {Limit}", error.Folder, error.InnerException!.Message, Duration.Words(limit));
            }

            Task.Delay(pause, time).Wait();
            pause = pause * 2 < Longest ? pause * 2 : Longest;
        }
    }
}
