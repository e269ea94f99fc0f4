namespace Cairn.Cli.LocalScheduler.Processes;

/// <summary>How to start this program again, for its hidden stages.</summary>
internal static class Self
{
    /// <summary>The program and the arguments that come before any other: one path, or <c>dotnet</c> and the assembly.</summary>
    public static IReadOnlyList<string> Command { get; } = Find();

    private static string[] Find()
    {
        var path = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is unknown.");
        return Path.GetFileName(path) == "dotnet" ? [path, Path.Combine(AppContext.BaseDirectory, "Cairn.Cli.dll")] : [path];
    }
}
