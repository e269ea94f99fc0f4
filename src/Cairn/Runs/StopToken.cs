using Microsoft.Extensions.Logging;

namespace Cairn.Runs;

/// <summary>A stop as a token, for whoever asks for it. What is registered with it is the program's, and may take its time.</summary>
internal sealed class StopToken(ILogger log)
{
    private readonly Lock gate = new();
    private CancellationTokenSource? source;
    private bool asked;

    /// <summary>The token; cancelled already when a stop was asked for before.</summary>
    public CancellationToken Token
    {
        get
        {
            lock (gate)
            {
                if (asked && source is null)
                    return new CancellationToken(canceled: true);
                return (source ??= new CancellationTokenSource()).Token;
            }
        }
    }

    /// <summary>A stop is asked for. Returns at once: signals are heard by the calling thread, and the thread pool may be busy.</summary>
    public void Cancel()
    {
        lock (gate)
        {
            if (asked)
                return;
            asked = true;
            if (source is null)
                return;
        }

        new Thread(CallBack) { IsBackground = true, Name = "cairn stopping" }.Start();
    }

    private void CallBack()
    {
        try
        {
            source!.Cancel();
        }
        catch (AggregateException error)
        {
            log.LogError(LogEvents.StoppingCallbackFailed, "what the program has registered with run.Stopping failed: {Error}", error.InnerException!.Message);
        }
    }
}
