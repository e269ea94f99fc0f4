namespace Cairn.Cli.Tests.Stories;

/// <summary>A browser that stands still answers nothing, and most of what it is asked has no limit of its own.</summary>
internal static class BrowserPatience
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);

    public static Task<T> InTime<T>(this Task<T> answer) => answer.WaitAsync(Patience);

    public static Task InTime(this Task answer) => answer.WaitAsync(Patience);
}
