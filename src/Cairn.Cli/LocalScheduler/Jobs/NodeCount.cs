using System.Globalization;

namespace Cairn.Cli.LocalScheduler.Jobs;

/// <summary>The value of --nodes.</summary>
internal static class NodeCount
{
    private const int Most = 1024;

    /// <summary>What is said of one that is none.</summary>
    public const string Problem = "is no number of nodes; cairn local plays 1 to 1024 of them, and takes one number, or twice the same as 2-2";

    /// <summary>One number; or twice the same, as the least and the most.</summary>
    public static bool TryParse(string text, out int nodes)
    {
        var ends = text.Split('-', 2);
        return int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out nodes) && nodes is >= 1 and <= Most && ends[^1] == ends[0];
    }
}
