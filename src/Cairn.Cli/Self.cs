namespace Cairn.Cli;

/// <summary>How this very program is started once more.</summary>
internal static class Self
{
    public static IReadOnlyList<string> Command
    {
        get
        {
            var path = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this program is not known.");
            // Started as `dotnet Cairn.Cli.dll`.
            return Path.GetFileName(path) == "dotnet" ? [path, Path.Combine(AppContext.BaseDirectory, "Cairn.Cli.dll")] : [path];
        }
    }
}
