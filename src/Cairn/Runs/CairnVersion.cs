namespace Cairn.Runs;

internal static class CairnVersion
{
    /// <summary>The library's version, for records that later versions read.</summary>
    public static string Text { get; } = typeof(CairnVersion).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
