namespace Cairn.Cli.Help;

/// <summary>The part of a long text that lists show.</summary>
internal static class FirstLine
{
    public static string Of(string text) => text.Split('\n', 2)[0].TrimEnd('\r');
}
