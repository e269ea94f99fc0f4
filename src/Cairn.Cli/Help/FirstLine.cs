namespace Cairn.Cli.Help;

/// <summary>The part of a long text that lists show: the first line, and of that the first sentence.</summary>
internal static class FirstLine
{
    public static string Of(string text)
    {
        var line = text.Split('\n', 2)[0].TrimEnd('\r');
        return line.IndexOf(". ", StringComparison.Ordinal) is > 0 and var end ? line[..(end + 1)] : line;
    }
}
