namespace Cairn.Cli.Help;

/// <summary>Guesses which word was meant.</summary>
internal static class Spelling
{
    /// <summary>The known word that is nearest to this one, or null where none is near: a slip for every three letters is.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var candidates = known.ToArray();
        // Begun and not ended: cairn comp.
        if (word.Length >= 2 && Array.FindAll(candidates, candidate => candidate.StartsWith(word, StringComparison.Ordinal)) is [var begun])
            return begun;
        return candidates
            .Select(candidate => (candidate, Slips: Slips(word, candidate)))
            .Where(pair => pair.Slips <= Math.Max(1, pair.candidate.TrimStart('-').Length / 3))
            .OrderBy(pair => pair.Slips)
            .Select(pair => pair.candidate)
            .FirstOrDefault();
    }

    /// <summary>How many letters have to be put in, taken out, replaced, or swapped with the next, to come from one to the other.</summary>
    public static int Slips(string from, string to)
    {
        var table = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            for (var j = 0; j <= to.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    table[i, j] = i + j;
                    continue;
                }

                var replaced = table[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                table[i, j] = Math.Min(replaced, Math.Min(table[i - 1, j], table[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    table[i, j] = Math.Min(table[i, j], table[i - 2, j - 2] + 1);
            }
        }

        return table[from.Length, to.Length];
    }
}
