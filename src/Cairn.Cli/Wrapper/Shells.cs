using System.Text;

namespace Cairn.Cli.Wrapper;

/// <summary>
/// Is the program a shell, or a script of one? A shell cannot trap what was ignored when it began (POSIX), so it must not
/// begin with its warning ignored, as other programs do.
/// </summary>
internal static class Shells
{
    private static readonly string[] Names = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "busybox"];

    public static bool Runs(string path)
    {
        if (Names.Contains(Path.GetFileName(path)))
            return true;
        Span<byte> head = stackalloc byte[128];
        try
        {
            using var file = File.OpenHandle(path);
            head = head[..RandomAccess.Read(file, head, 0)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // a program may be executed and not read
        }

        return IsScript(head);
    }

    /// <summary>The first bytes of a file: a #! line with a shell in it, also behind env.</summary>
    public static bool IsScript(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("#!"u8))
            return false;
        var line = head.IndexOf((byte)'\n') is var end and >= 0 ? head[2..end] : head[2..];
        return Encoding.Latin1.GetString(line).Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries) switch
        {
            [var env, .. var rest] when Path.GetFileName(env) == "env" => rest.FirstOrDefault(word => word[0] != '-' && !word.Contains('=', StringComparison.Ordinal)) is { } name && Names.Contains(Path.GetFileName(name)),
            [var interpreter, ..] => Names.Contains(Path.GetFileName(interpreter)),
            _ => false,
        };
    }
}
