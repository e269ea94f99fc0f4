using System.Globalization;

namespace Cairn.Tests.Checkpoints;

/// <summary>
/// How much a test does that could go on for long: a sample by default, everything with CAIRN_LONG=1 (<c>eng/test.sh --long</c>).
/// </summary>
internal static class LongForm
{
    public static readonly bool IsOn = Environment.GetEnvironmentVariable("CAIRN_LONG") == "1";

    /// <summary>Random instants at which a program is killed; CAIRN_KILLS=N says otherwise.</summary>
    public static readonly int Kills = int.Parse(Environment.GetEnvironmentVariable("CAIRN_KILLS") ?? (IsOn ? "1000" : "60"), CultureInfo.InvariantCulture);

    /// <summary>All of them in the long form, else some of each kind, another choice each time.</summary>
    public static IReadOnlyList<T> SampleOfEach<T>(IEnumerable<T> all, Func<T, string> kind, int quickly)
    {
        if (IsOn)
            return [.. all];
        var shuffled = all.ToArray();
        Random.Shared.Shuffle(shuffled);
        return [.. shuffled.GroupBy(kind, StringComparer.Ordinal).SelectMany(group => group.Take(quickly))];
    }
}
