using System.Runtime.InteropServices;

namespace Cairn.Shared;

/// <summary>What eng/publish.sh and eng/pack.sh made, where eng/test.sh has run it and says so.</summary>
internal static class Packed
{
    private static readonly string? Folder = Environment.GetEnvironmentVariable("CAIRN_ARTIFACTS") is { Length: > 0 } folder ? Path.GetFullPath(folder) : null;

    public const string Reason = "Nothing was packed for this run: eng/test.sh does that (CAIRN_ARTIFACTS names the folder).";

    /// <summary>The one file that needs no .NET.</summary>
    public static string? Binary => Existing($"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}/cairn");

    /// <summary>The engine for other languages.</summary>
    public static string? Library => Existing($"linux-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}/libcairn.so");

    // Asked for by those alone who need it: the binary may have been made without the packages.
    /// <summary>The folder with the packages: a feed.</summary>
    public static string? Packages => Existing("packages");

    // Named but not there is no reason to test something else in silence.
    private static string? Existing(string name)
    {
        if (Folder is null)
            return null;
        var path = Path.Combine(Folder, name);
        return Path.Exists(path) ? path : throw new InvalidOperationException($"CAIRN_ARTIFACTS is set, and there is no {path}: run eng/publish.sh and eng/pack.sh.");
    }
}
