namespace Cairn.Cli.BatchScripts.Shell;

/// <summary>The commands of a shell script in the order in which they are written, each with what surrounds it.</summary>
/// <param name="IsUnderstood">False when the reader lost its way; then there are no commands, and nothing should be said about them.</param>
/// <param name="Commands">The simple commands.</param>
internal sealed record ShellScript(bool IsUnderstood, IReadOnlyList<ShellCommand> Commands)
{
    /// <summary>The lines that are comments from their first letter on: not those that only look so within quotes or a here-document.</summary>
    public IReadOnlySet<int> Comments { get; init; } = new HashSet<int>();

    /// <summary>The names that loops set.</summary>
    public IReadOnlySet<string> LoopNames { get; init; } = new HashSet<string>();

    /// <summary>
    /// The last command, where <c>bash -c</c> puts it in its own place, as bash 5.2 was seen to do: it is a plain one, without redirection,
    /// <c>time</c> or <c>!</c>; it stands alone, or as the last of one line, which is not mixed of ; and &amp;&amp;; and nothing but one line end is
    /// behind it.
    /// </summary>
    public ShellCommand? Tail { get; init; }

    public static ShellScript Parse(string text)
    {
        try
        {
            return new ShellReader(text).Read();
        }
        catch (ShellSyntaxException)
        {
            return new(false, []);
        }
    }
}

/// <summary>The text is no shell script, or one that this reader does not understand.</summary>
internal sealed class ShellSyntaxException(string message) : Exception(message);
