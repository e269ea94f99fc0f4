using System.Runtime.InteropServices;
using System.Text;

namespace Cairn.Posix;

/// <summary>A program to start; as it stands in a session of its own, with default signal dispositions and nothing blocked.</summary>
/// <param name="Path">The executable's path; PATH is not searched.</param>
/// <param name="Arguments">With the program's own name first.</param>
/// <param name="Environment">The whole environment, as NAME=VALUE.</param>
internal sealed record ProcessStart(string Path, IReadOnlyList<byte[]> Arguments, IReadOnlyList<byte[]> Environment)
{
    /// <summary>The same of text.</summary>
    public ProcessStart(string path, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment)
        : this(path, [.. arguments.Select(Encoding.UTF8.GetBytes)], [.. environment.Select(pair => Encoding.UTF8.GetBytes($"{pair.Key}={pair.Value}"))])
    {
    }

    // The system's own set, without KILL, STOP and the real-time signals.
    private const ulong AllThatCanBe = 0x7fffffff & ~(1UL << 8) & ~(1UL << 18);

    /// <summary>Null for the folder of the caller.</summary>
    public string? Folder { get; init; }

    /// <summary>Null to inherit.</summary>
    public SafeHandle? Input { get; init; }

    /// <inheritdoc cref="Input"/>
    public SafeHandle? Output { get; init; }

    /// <inheritdoc cref="Input"/>
    public SafeHandle? Error { get; init; }

    /// <summary>Whether it leads a session, and so a process group, of its own, without a terminal.</summary>
    public bool OwnSession { get; init; } = true;

    /// <summary>Signals that get their default action, a bit a signal; signal 1 is bit 0. The others stay ignored where they are.</summary>
    public ulong Default { get; init; } = AllThatCanBe;

    /// <summary>Signals that it starts with blocked, a bit a signal.</summary>
    public ulong Blocked { get; init; }
}
