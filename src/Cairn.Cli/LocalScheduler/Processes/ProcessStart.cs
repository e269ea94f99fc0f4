using System.Runtime.InteropServices;

namespace Cairn.Cli.LocalScheduler.Processes;

/// <summary>A program to start in a session of its own, with default signal dispositions and nothing blocked.</summary>
/// <param name="Path">The executable's path; PATH is not searched.</param>
/// <param name="Arguments">With the program's own name first.</param>
/// <param name="Environment">The whole environment.</param>
internal sealed record ProcessStart(string Path, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>Null for the folder of the caller.</summary>
    public string? Folder { get; init; }

    /// <summary>Null to inherit.</summary>
    public SafeHandle? Input { get; init; }

    /// <inheritdoc cref="Input"/>
    public SafeHandle? Output { get; init; }

    /// <inheritdoc cref="Input"/>
    public SafeHandle? Error { get; init; }
}
