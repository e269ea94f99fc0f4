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

    /// <summary>All of them in the long form, else some, another choice each time, in their order.</summary>
    public static IReadOnlyList<T> Sample<T>(IReadOnlyList<T> all, int quickly)
    {
        if (IsOn || all.Count <= quickly)
            return all;
        var chosen = Enumerable.Range(0, all.Count).ToArray();
        Random.Shared.Shuffle(chosen);
        return [.. chosen.Take(quickly).Order().Select(number => all[number])];
    }
}
