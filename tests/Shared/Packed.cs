using System.Runtime.InteropServices;

namespace Cairn.Shared;

/// <summary>What eng/publish.sh made, where eng/test.sh has run it and says so.</summary>
internal static class Packed
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("CAIRN_ARTIFACTS") is { Length: > 0 } folder ? Path.GetFullPath(folder) : null;

    public const string Reason = "Nothing was published for this run: eng/test.sh does that (CAIRN_ARTIFACTS names the folder).";

    /// <summary>The one file that needs no .NET.</summary>
    public static string? Binary { get; } = Existing($"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}/cairn");

    /// <summary>The folder with the package of the dotnet tool.</summary>
    public static string? Packages { get; } = Existing("packages");

    // Named but not there is no reason to test something else in silence.
    private static string? Existing(string name)
    {
        if (Folder is null)
            return null;
        var path = Path.Combine(Folder, name);
        return Path.Exists(path) ? path : throw new InvalidOperationException($"CAIRN_ARTIFACTS is set, and there is no {path}: run eng/publish.sh.");
    }
}
