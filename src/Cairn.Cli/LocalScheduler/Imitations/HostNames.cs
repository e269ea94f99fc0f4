using System.Globalization;

namespace Cairn.Cli.LocalScheduler.Imitations;

/// <summary>Host lists: <c>n[1-3,07],b</c> names n1, n2, n3, n07 and b.</summary>
internal static class HostNames
{
    private const int Most = 65536;

    public static bool TryExpand(string list, out List<string> names)
    {
        names = [];
        var rest = list;
        while (rest.Length > 0)
        {
            var comma = NextComma(rest);
            if (!TryExpandOne(rest[..comma], names) || names.Count > Most)
                return false;
            rest = rest[Math.Min(comma + 1, rest.Length)..];
        }

        return names.Count > 0;
    }

    private static int NextComma(string text)
    {
        var depth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '[' => 1, ']' => -1, _ => 0 };
            if (text[i] == ',' && depth == 0)
                return i;
        }

        return text.Length;
    }

    private static bool TryExpandOne(string name, List<string> names)
    {
        var open = name.IndexOf('[', StringComparison.Ordinal);
        if (open < 0)
        {
            names.Add(name);
            return name.Length > 0 && !name.Contains(']', StringComparison.Ordinal);
        }

        var close = name.IndexOf(']', open);
        if (close < 0)
            return false;
        foreach (var range in name[(open + 1)..close].Split(','))
        {
            var ends = range.Split('-', 2);
            if (!TryNumber(ends[0], out var first) || !TryNumber(ends[^1], out var last) || last < first || last - first >= Most)
                return false;
            for (var number = first; number <= last; number++)
            {
                var text = number.ToString(CultureInfo.InvariantCulture).PadLeft(ends[0].Length, '0');
                if (!TryExpandOne(name[..open] + text + name[(close + 1)..], names))
                    return false;
            }
        }

        return true;
    }

    private static bool TryNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
