using System.Collections.Concurrent;

namespace Cairn.Runs;

/// <summary>
/// Which ranks have left by themselves (an error, a <c>break</c>), and whether one is gone without a word. What is thrown in a rank may be another
/// rank's death, as a collective operation tells of it, and that may come before the word of it.
/// </summary>
internal sealed class RankDepartures : IDisposable
{
    // A closed socket is noticed within milliseconds; this is for a machine that is busy.
    private static readonly TimeSpan ToHear = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<int, string> leavers = new();
    private readonly ManualResetEventSlim heard = new();
    private volatile string? first;
    private volatile bool isLoss;

    /// <summary>The first that left by itself, and how; null while none has.</summary>
    public string? FirstLeaver => first;

    /// <summary>Whether a rank is gone without a word.</summary>
    public bool IsLoss => isLoss;

    /// <summary>A rank says that it leaves.</summary>
    /// <param name="rank">Which.</param>
    /// <param name="words">How, as a sentence without its end.</param>
    /// <returns>Whether it is the first.</returns>
    public bool Leaves(int rank, string words)
    {
        leavers.TryAdd(rank, words);
        var isFirst = first is null;
        first ??= words;
        heard.Set();
        return isFirst;
    }

    /// <summary>Whether a rank left by itself, so that its end is no loss.</summary>
    public bool HasLeft(int rank) => leavers.ContainsKey(rank);

    /// <summary>A rank is gone without a word.</summary>
    public void Lost()
    {
        isLoss = true;
        heard.Set();
    }

    /// <summary>The run ends: nobody needs to hear anything any more.</summary>
    public void Ends() => heard.Set();

    /// <summary>Waits a moment for the word of a loss.</summary>
    /// <returns>Whether there is one.</returns>
    public bool AwaitLoss()
    {
        heard.Wait(ToHear);
        return isLoss;
    }

    public void Dispose() => heard.Dispose();
}
