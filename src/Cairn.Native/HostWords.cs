using System.Text.RegularExpressions;

namespace Cairn.Native;

/// <summary>What the engine says names members of its face in C#. A host knows them by other names: <c>finish()</c>, <c>optional_parts</c>.</summary>
internal static partial class HostWords
{
    /// <summary>The same with the host's names.</summary>
    public static string Of(string words) =>
        Names().Replace(words.Replace("Steps or Batches", "steps() or batches()", StringComparison.Ordinal), match => Snake(match.Groups["name"].Value));

    /// <summary>FirstOnly: first_only.</summary>
    private static string Snake(string name) => Begins().Replace(name, "_").ToLowerInvariant();

    // Where a name is a word of its own, too, it is one of these with the parenthesis alone; and none is within a path.
    [GeneratedRegex(
        @"(?<![\w/\\-])(?<!(?<!\brun)\.)(TrainingRunOptions\.)?(?<name>(Finish|Complete|Boundary|Restore|Save|Steps|Batches|Track|Report)(?=\()|TrackRandomState|TrackPerRank|SaveAtBoundary|BeforeOptimizerStep|RequestStop|StopRequested|OptionalParts|CheckReplicas|ReplicatedValues|SwitchRequeueOn|RequeueIfPreemptionCancels|MaxAttempts|HangFactor|RankPatience|OneWriterPerFile|CheckOverlap)",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Names();

    [GeneratedRegex("(?<=[a-z])(?=[A-Z])", RegexOptions.CultureInvariant, 10_000)]
    private static partial Regex Begins();
}
