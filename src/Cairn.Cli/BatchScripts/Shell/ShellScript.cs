namespace Cairn.Cli.BatchScripts.Shell;

/// <summary>The commands of a shell script in the order in which they are written, each with what surrounds it.</summary>
/// <param name="IsUnderstood">False when the reader lost its way; then there are no commands, and nothing should be said about them.</param>
/// <param name="Commands">The simple commands.</param>
internal sealed record ShellScript(bool IsUnderstood, IReadOnlyList<ShellCommand> Commands)
{
    public static ShellScript Parse(string text)
    {
        try
        {
            return new(true, new ShellReader(text).Read());
        }
        catch (ShellSyntaxException)
        {
            return new(false, []);
        }
    }
}

/// <summary>The text is no shell script, or one that this reader does not understand.</summary>
internal sealed class ShellSyntaxException(string message) : Exception(message);
