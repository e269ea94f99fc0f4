using System.Globalization;

namespace Cairn.Runs;

/// <summary>Where a rank stands, as it says when rank 0 asks because a step takes long.</summary>
/// <param name="Rank">Which.</param>
/// <param name="Node">Its machine.</param>
/// <param name="Step">Completed steps.</param>
/// <param name="Phase">What its training is at.</param>
/// <param name="Since">Since its last boundary.</param>
/// <param name="Detail">What is known of its process.</param>
internal sealed record RankStand(int Rank, string Node, long Step, RunPhase Phase, TimeSpan Since, string Detail)
{
    private const char Separator = '\n';

    // So many are named; of more their number says enough.
    private const int Named = 3;

    /// <summary>For the wire, but for rank and step.</summary>
    public string ToText() => string.Join(Separator, Node, ((int)Phase).ToString(CultureInfo.InvariantCulture), Since.Ticks.ToString(CultureInfo.InvariantCulture), Detail);

    /// <summary>Reads it; null where it is none.</summary>
    public static RankStand? Of(int rank, long step, string text) =>
        text.Split(Separator) is [var node, var phase, var since, var detail]
        && int.TryParse(phase, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && long.TryParse(since, NumberStyles.None, CultureInfo.InvariantCulture, out var ticks)
            ? new(rank, node, step, (RunPhase)number, new TimeSpan(ticks), detail)
            : null;

    /// <summary>Who is behind and where the others are, or that all are in the same step.</summary>
    /// <param name="stands">Where those are who have answered.</param>
    /// <param name="silent">Who has not.</param>
    public static string InWords(IReadOnlyList<RankStand> stands, IReadOnlyList<int> silent)
    {
        var places = stands.GroupBy(stand => stand.Place, StringComparer.Ordinal).Select(place => place.OrderBy(stand => stand.Rank).ToList()).ToList();
        places.Sort((one, other) => one[0].Step != other[0].Step ? one[0].Step.CompareTo(other[0].Step) : one.Count.CompareTo(other.Count));
        var furthest = places[^1][0].Step;
        var words = places.Select(place =>
            places.Count == 1 ? $"{(silent.Count == 0 ? "all " : string.Empty)}{Many(place.Count)} been {place[0].Place} for {Longest(place)}"
            : place[0].Step == furthest ? $"{(place.Count == 1 ? $"{Name(place[0])} waits" : $"{place.Count} ranks wait")} {place[0].Place}"
            : place.Count > Named ? $"{Many(place.Count)} been {place[0].Place} for {Longest(place)}"
            : $"{string.Join(" and ", place.Select(Name))} {(place.Count == 1 ? "has" : "have")} been {place[0].Place} for {Longest(place)} ({string.Join("; ", place.Select(one => one.Detail))})");
        return string.Join(", ", words) + (silent.Count == 0 ? string.Empty : $"; rank{(silent.Count == 1 ? string.Empty : "s")} {string.Join(", ", silent)} did not answer");

        static string Name(RankStand stand) => $"rank {stand.Rank} on {stand.Node}";
        static string Many(int count) => count == 1 ? "1 rank has" : $"{count} ranks have";
        static string Longest(List<RankStand> place) => Duration.Words(place.Max(stand => stand.Since));
    }

    private string Place => Phase switch
    {
        RunPhase.Preparing => "before the restore",
        RunPhase.Restoring => "in the restore",
        RunPhase.Saving => $"in a save of step {Step}",
        RunPhase.Ready or RunPhase.InStep or RunPhase.OwnLoop => $"in step {Step}",
        _ => $"behind the last step, {Step}",
    };
}
