namespace Cairn.Cli.BatchScripts;

/// <summary>Whether a word is another one, mistyped.</summary>
internal static class Misprints
{
    /// <summary>One letter is missing, too many, another, or changed places with its neighbour; in a long word (from 10 letters) two.</summary>
    public static bool IsOne(string written, string meant)
    {
        var most = meant.Length >= 10 ? 2 : 1;
        return written != meant && Math.Abs(written.Length - meant.Length) <= most && Distance(written, meant) <= most;
    }

    // Optimal string alignment.
    private static int Distance(string one, string other)
    {
        var costs = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++)
        {
            for (var j = 0; j <= other.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    costs[i, j] = i + j;
                    continue;
                }

                var change = one[i - 1] == other[j - 1] ? 0 : 1;
                costs[i, j] = Math.Min(Math.Min(costs[i - 1, j] + 1, costs[i, j - 1] + 1), costs[i - 1, j - 1] + change);
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                    costs[i, j] = Math.Min(costs[i, j], costs[i - 2, j - 2] + 1);
            }
        }

        return costs[one.Length, other.Length];
    }
}
