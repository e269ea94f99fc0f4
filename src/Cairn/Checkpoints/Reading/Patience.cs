using Microsoft.Extensions.Logging;

namespace Cairn.Checkpoints.Reading;

/// <summary>What a file system does not give just now it may give in a moment: asked again, with growing pauses, and not for ever.</summary>
internal static class Patience
{
    /// <summary>For so long altogether.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.1), Longest = TimeSpan.FromSeconds(2);

    /// <summary>Reads something.</summary>
    /// <exception cref="CheckpointReadException">It still cannot be read.</exception>
    public static T Read<T>(TimeProvider time, ILogger log, Func<T> read)
    {
        var (began, pause) = (time.GetTimestamp(), First);
        while (true)
        {
            try
            {
                return read();
            }
            catch (CheckpointReadException error) when (time.GetElapsedTime(began) < Limit)
            {
                if (pause == First)
                    log.LogWarning(LogEvents.ReadAgain, "{File} can't be read now: {Problem}; tried again for {Limit}", error.Path, error.Problem, Duration.Words(Limit));
            }

            Task.Delay(pause, time).Wait();
            pause = pause * 2 < Longest ? pause * 2 : Longest;
        }
    }
}
