using Cairn.Cli.LocalScheduler.Processes;
using Cairn.Cli.LocalScheduler.Reports;
using Microsoft.Win32.SafeHandles;

namespace Cairn.Cli.LocalScheduler;

/// <summary>The output of one attempt: a log, a relay to the terminal, or simply that of <c>cairn local</c>.</summary>
internal sealed class AttemptStreams : IDisposable
{
    private readonly List<IDisposable> _owned = [];

    private AttemptStreams()
    {
    }

    public SafeHandlePair Handles { get; private set; }

    /// <param name="output">The log; null for the terminal or pipe.</param>
    /// <param name="error">The log of errors; null for the same as <paramref name="output"/>.</param>
    /// <param name="truncate">Begin empty logs.</param>
    /// <param name="progress">Relays where there is a live line.</param>
    /// <exception cref="IOException">A log cannot be opened.</exception>
    public static AttemptStreams Open(string? output, string? error, bool truncate, Progress progress)
    {
        var streams = new AttemptStreams();
        try
        {
            var first = streams.OpenOne(output, truncate, progress, toError: false);
            // One open file for both, so that lines stay in their order.
            var second = output is not null && (error is null || error == output)
                ? first
                : streams.OpenOne(error, truncate, progress, toError: true);
            streams.Handles = new(first, second);
            return streams;
        }
        catch
        {
            streams.Dispose();
            throw;
        }
    }

    public void Dispose() => _owned.ForEach(owned => owned.Dispose());

    private SafeFileHandle? OpenOne(string? path, bool truncate, Progress progress, bool toError)
    {
        if (path is not null)
        {
            var log = Descriptors.OpenLog(path, truncate);
            _owned.Add(log);
            return log;
        }

        if (!progress.IsLive)
            return null;
        var relay = new OutputRelay(progress, toError);
        _owned.Add(relay);
        return relay.Write;
    }
}
