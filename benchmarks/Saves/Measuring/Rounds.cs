using Saves.Limits;

namespace Saves.Measuring;

/// <summary>
/// Measures several things in turn, round after round, so that whatever else the machine does meets all of them alike. Every
/// round begins with another one, and measures the machine's noise besides.
/// </summary>
/// <param name="folder">On the disk that is measured; it comes to rest before each measurement.</param>
/// <param name="count">How many rounds count.</param>
/// <param name="warmUp">How many go before them.</param>
internal sealed class Rounds(string folder, int count, int warmUp = 2)
{
    private bool counts;

    /// <summary>Seconds of a fixed piece of arithmetic, once a round: what it varies by is the machine's noise.</summary>
    public Series Noise { get; } = new("a fixed piece of arithmetic");

    /// <summary>The load average of one minute, once a round.</summary>
    public List<double> Load { get; } = [];

    /// <summary>Notes a value of this round; while everything warms up it is dropped.</summary>
    public void Note(Series series, double seconds)
    {
        if (counts)
            series.Seconds.Add(seconds);
    }

    public void Run(params IReadOnlyList<Action> inTurn)
    {
        for (var round = -warmUp; round < count; round++)
        {
            counts = round >= 0;
            for (var i = 0; i < inTurn.Count; i++)
            {
                Disk.Settle(folder);
                inTurn[(i + round + warmUp) % inTurn.Count]();
            }

            Note(Noise, Machine.Arithmetic());
            if (counts)
                Load.Add(Machine.Load());
        }
    }
}
